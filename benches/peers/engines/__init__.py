"""What is held against each other. Each module has a class that opens the data, asks, and makes Arrow of an answer."""

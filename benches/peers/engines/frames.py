"""Polars: lazy frames over the lake's Parquet files, asked in its SQL, computed by its streaming engine."""

import polars


class Polars:
    dialect = "polars"

    def open(self, given):
        self.version = polars.__version__
        self.frames = {name.replace(".", "_"): self._frame(glob) for name, glob in given["tables"].items()}
        self.context = polars.SQLContext(self.frames)

    @staticmethod
    def _frame(glob):
        # Its SQL has no instants with a zone.
        return polars.scan_parquet(glob).with_columns(polars.col(polars.Datetime).dt.replace_time_zone(None))

    def ask(self, text):
        if text.startswith("#"):
            names = {}
            exec(text, names)
            return names["ask"](self.frames).collect(engine="streaming")
        return self.context.execute(text).collect(engine="streaming")

    def arrow(self, answer):
        return answer.to_arrow()

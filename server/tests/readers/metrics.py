"""Reads OpenMetrics from standard input, and tells it as JSON: name, labels and value of each sample."""

import json
import sys

from prometheus_client.openmetrics.parser import text_string_to_metric_families

families = list(text_string_to_metric_families(sys.stdin.read()))
samples = [[s.name, s.labels, s.value] for family in families for s in family.samples]
bare = [family.name for family in families if not family.documentation]
json.dump({"samples": samples, "bare": bare}, sys.stdout)

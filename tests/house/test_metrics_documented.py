"""docs/metrics.md lists every metric as the catalogue declares it, and its examples are such as Prometheus takes."""

import re
import shutil
import subprocess

import pytest

from portal.config import ROOT
from portal.metrics.catalogue import METRICS
from portal.readiness import READY

TEXT = (ROOT / "docs" / "metrics.md").read_text()
ROW = re.compile(r"^\| `(portal_[a-z_]+)` \| (\w+) \| (.+?) \| (.+?) \|$", re.MULTILINE)
DOCUMENTED = {name: (kind, labels, meaning) for name, kind, labels, meaning in ROW.findall(TEXT)}
EXAMPLES = re.findall(r"^```yaml\n# (\S+)\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)


def test_the_table_is_the_catalogue():
    assert {
        metric.name + "_total" * (metric.kind == "counter"): (
            metric.kind, " ".join(f"`{label}`" for label in metric.labels) or "–", metric.help,
        )
        for metric in METRICS
    } == DOCUMENTED  # fmt: skip


def test_the_examples_name_no_metric_that_is_not_there():
    suffixes = re.compile(r"_(?:bucket|sum|count)$")
    named = {suffixes.sub("", name) for _file, example in EXAMPLES for name in re.findall(r"portal_[a-z_]+", example)}
    assert named - {"portal_metrics_token"} <= set(DOCUMENTED)


def test_prometheus_takes_the_examples(tmp_path):
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not installed (Debian: prometheus)")
    for name, example in EXAMPLES:
        (tmp_path / name).write_text(example.replace("/etc/prometheus", str(tmp_path)))
    (tmp_path / "portal_metrics_token").write_text("token")
    done = subprocess.run(
        [promtool, "check", "config", "prometheus.yml"], cwd=tmp_path, capture_output=True, check=False, text=True
    )
    assert done.returncode == 0, done.stderr
    assert "4 rules found" in done.stdout


@pytest.mark.parametrize("word", [READY, "starting", "stopping", "database", "schema", "peppers"])
def test_every_word_of_readyz_is_explained(word):
    assert f"| `{word}` |" in TEXT

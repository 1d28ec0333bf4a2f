import pytest

from sensor_pipeline.errors import UserError
from sensor_pipeline.recording.exporters.registry import EXPORTERS, exporter_named


@pytest.mark.parametrize("name", EXPORTERS)
def test_every_format_in_the_table_has_an_exporter(name):
    exporter = exporter_named(name)
    assert exporter.tables
    assert callable(exporter.write_folder)
    assert callable(exporter.write_table)


def test_an_unknown_format_is_refused_with_a_suggestion():
    with pytest.raises(UserError, match=r"--to 'cvs': no such format; there is csv; did you mean 'csv'\?"):
        exporter_named("cvs")

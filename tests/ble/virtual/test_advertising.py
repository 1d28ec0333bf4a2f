import pytest

pytest.importorskip("bumble", reason="the virtual radio needs the extra [virtual]")

from bumble.core import UUID, AdvertisingData

from sensor_pipeline.ble.virtual.advertising import MOST, advertisement, scan_response
from sensor_pipeline.devices import SensorSpec
from sensor_pipeline.library.specs import load_spec, spec_ids

SERVICES = AdvertisingData.COMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS


@pytest.mark.parametrize("spec_id", spec_ids())
def test_every_sensor_s_advertisement_fits(spec_id: str) -> None:
    assert len(advertisement(load_spec(spec_id), impostor=False)) <= MOST


def test_the_service_is_in_the_advertisement_and_not_in_that_of_an_impostor(spec: SensorSpec) -> None:
    assert spec.match.service is not None
    shown = AdvertisingData.from_bytes(advertisement(spec, impostor=False))
    assert shown.get(SERVICES) == [UUID(spec.match.service)]
    assert AdvertisingData.from_bytes(advertisement(spec, impostor=True)).get(SERVICES) is None


def test_a_name_that_is_too_long_is_shortened_between_letters() -> None:
    assert AdvertisingData.from_bytes(scan_response("x" * 29)).get(AdvertisingData.COMPLETE_LOCAL_NAME) == "x" * 29
    long = AdvertisingData.from_bytes(scan_response("é" * 20))
    assert long.get(AdvertisingData.SHORTENED_LOCAL_NAME) == "é" * 14
    assert long.get(AdvertisingData.COMPLETE_LOCAL_NAME) is None

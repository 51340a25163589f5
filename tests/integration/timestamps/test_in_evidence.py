"""A service with a time-stamping authority: its stamp reaches the evidence and the verifier."""

from __future__ import annotations

import io
import json
import time
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from service.cli.verify import command
from service.core import evidence as evidences
from tests.integration.api.service_process import ServiceProcess, quote
from tests.reference.authority import NEEDED, OPENSSL, Authority, served
from tests.unit.disputes.certificate.pages import text_of

pytestmark = pytest.mark.skipif(OPENSSL is None, reason=NEEDED)


def test_a_stamp_from_the_authority_to_the_reader(tmp_path: Path) -> None:
    authority, stranger = Authority(tmp_path / "tsa"), Authority(tmp_path / "other", "Stranger")
    with served(authority.answer) as url:
        settings = {
            "TALLY_TSA_URL": url,
            "TALLY_TSA_ROOTS": str(authority.folder / "ca.pem"),
            "TALLY_TSA_INTERVAL": "1",
            "TALLY_PLATFORMS": "kaka",
        }
        service = ServiceProcess(tmp_path / "data", environment=settings).start()
        try:
            bundle, evidence = _stamped(service)
            with zipfile.ZipFile(io.BytesIO(bundle)) as archive:
                assert "CN=TestTimeStamping" in text_of(archive.read("certificate.pdf"))
            rpc = service.credentials["rpc"]
            (tmp_path / "b.zip").write_bytes(bundle)
            (stamp,) = evidence.timestamps
            assert stamp.authority == "CN=Test Time Stamping,O=Test,C=CN"
            for roots, trusted in ((authority, True), (stranger, False)):
                told = _verify(tmp_path, rpc, "--tsa-root", str(roots.folder / "ca.pem"))
                assert told["verdict"] == "good"
                assert [each["trusted"] for each in told["time_stamps"]] == [trusted]
            assert _verify(tmp_path, rpc)["time_stamps"][0]["trusted"] is None
            other = {**json.loads(evidences.format(evidence))}
            other["timestamps"][0]["token"] = _foreign_token(authority)
            (tmp_path / "b.zip").write_text(json.dumps(other))
            told = _verify(tmp_path, rpc)
            assert (told["verdict"], told["reason"]) == ("tampered", "stamp_wrong")
        finally:
            service.stop()


def _stamped(service: ServiceProcess) -> tuple[bytes, evidences.Evidence]:
    event = quote()
    with service.client() as client:
        assert client.post("/v1/events", json=event).status_code == 201
        for _ in range(150):
            evidence = evidences.parse(client.get(f"/v1/trades/{event['trade']}/evidence.json").content)
            if evidence.timestamps:
                return client.get(f"/v1/trades/{event['trade']}/evidence.zip").content, evidence
            time.sleep(0.2)
    raise AssertionError("no stamp came\n" + service.journal()[-2000:])


def _foreign_token(authority: Authority) -> str:
    from service.core.note import encode_base64

    return encode_base64(authority.stamp(b"something else"))


def _verify(folder: Path, rpc: str, *options: str) -> dict[str, object]:
    arguments = [str(folder / "b.zip"), "--trust", str(folder / "data/trust.json"), "--rpc", rpc, "--json"]
    done = CliRunner().invoke(command, [*arguments, *options], standalone_mode=False)
    (told,) = json.loads(done.stdout)["files"]
    assert isinstance(told, dict)
    return told

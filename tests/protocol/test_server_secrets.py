import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from grantwell.protocol.server_secrets import derive, key_id, mac, server_secrets

ONE, TWO = b"1" * 32, b"2" * 32


def test_the_first_secret_protects_and_all_are_understood() -> None:
    secrets = server_secrets((TWO, ONE))
    for keys in (secrets.lineage, secrets.consent, secrets.signing_keys):
        assert keys.primary_id == key_id(TWO)
        assert keys.primary == keys.by_id[key_id(TWO)]
        assert set(keys.by_id) == {key_id(ONE), key_id(TWO)}


def test_each_purpose_has_a_key_of_its_own() -> None:
    secrets = server_secrets((ONE,))
    keys = {secrets.lineage.primary, secrets.consent.primary, secrets.signing_keys.primary, ONE}
    assert len(keys) == 4


def test_keys_are_derived_by_hkdf() -> None:
    expected = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"grantwell lineage").derive(ONE)
    assert derive(ONE, "lineage") == expected == server_secrets((ONE,)).lineage.primary


def test_a_key_id_names_a_secret_without_telling_it() -> None:
    assert key_id(ONE) != key_id(TWO)
    assert ONE.hex() not in key_id(ONE)
    assert len(key_id(ONE)) == 16


@pytest.mark.parametrize("secrets", [(), (b"1" * 31,), (ONE, b"short"), (b"",)])
def test_a_server_does_not_start_with_a_secret_that_is_missing_or_short(secrets: tuple[bytes, ...]) -> None:
    with pytest.raises(ValueError, match="a server secret needs at least 32 random bytes"):
        server_secrets(secrets)


def test_a_mac_is_hmac_sha_256() -> None:
    # RFC 4231 section 4.2, test case 1.
    expected = "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
    assert mac(b"\x0b" * 20, b"Hi There").hex() == expected

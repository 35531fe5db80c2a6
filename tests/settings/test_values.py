"""What each setting may be, and what is said of a value that it may not be."""

from base64 import b64encode, urlsafe_b64encode
from pathlib import Path

import pytest

from grantwell.settings import Settings, SettingsError, load_settings

RANDOM = bytes(range(200, 232))
OTHER = bytes(range(100, 132))
MEBIBYTE = "x" * 1024 * 1024


def with_(**variables: str) -> Settings:
    return load_settings({f"GRANTWELL_{name.upper()}": text for name, text in variables.items()})


def refusal(**variables: str) -> str:
    with pytest.raises(SettingsError) as caught:
        with_(**variables)
    return str(caught.value)


def test_numbers_are_bounded() -> None:
    assert with_(port="65535").port == 65535
    assert refusal(port="65536") == "GRANTWELL_PORT must be a whole number from 1 to 65535, not '65536'"


@pytest.mark.parametrize("text", ["", "1.5", "80 80", "0x10", "٣", "-1", MEBIBYTE])
def test_a_port_that_is_no_number_is_refused(text: str) -> None:
    assert refusal(port=text or " ").startswith("GRANTWELL_PORT must be a whole number")


def test_a_long_value_is_shortened_in_the_error() -> None:
    assert len(refusal(port=MEBIBYTE)) < 200


@pytest.mark.parametrize(("text", "value"), [("true", True), ("1", True), ("false", False), ("0", False)])
def test_yes_and_no_are_true_and_false(text: str, value: bool) -> None:
    assert with_(allow_plain_pkce=text).allow_plain_pkce is value


def test_words_are_listed_when_another_is_given() -> None:
    assert refusal(registration="closed") == "GRANTWELL_REGISTRATION must be open, token or off, not 'closed'"


@pytest.mark.parametrize("issuer", ["https://auth.example.com", "https://a.example:8443", "http://localhost:8000"])
def test_an_issuer_is_a_bare_origin(issuer: str) -> None:
    assert with_(issuer=issuer).issuer == issuer


@pytest.mark.parametrize("issuer", ["http://127.0.0.1", "http://[::1]:9000"])
def test_an_issuer_on_loopback_may_use_http(issuer: str) -> None:
    assert with_(issuer=issuer).issuer == issuer


@pytest.mark.parametrize(
    ("issuer", "bare"),
    [
        ("https://a.example/", "https://a.example"),
        ("https://a.example/auth", "https://a.example"),
        ("https://a.example?x=1", "https://a.example"),
        ("https://A.example", "https://a.example"),
        ("https://a.example:443", "https://a.example"),
        ("https://user@a.example", "https://a.example"),
        ("https://a.example#", "https://a.example"),
        ("http://127.0.0.1:8000/", "http://127.0.0.1:8000"),
    ],
)
def test_an_issuer_that_is_more_than_an_origin_is_refused_with_the_origin(issuer: str, bare: str) -> None:
    assert refusal(issuer=issuer).endswith(f"without path, query, user or trailing slash: {bare}")


def test_an_issuer_elsewhere_must_use_https() -> None:
    assert refusal(issuer="http://auth.example.com").endswith("https://auth.example.com")


@pytest.mark.parametrize(
    "issuer", ["auth.example.com", "ftp://a.example", "https://", "https://a b", "https://ä.example"]
)
def test_an_issuer_that_is_no_origin_is_refused(issuer: str) -> None:
    assert "must be an origin, as in https://auth.example.com" in refusal(issuer=issuer)


@pytest.mark.parametrize("page", ["/consent", "http://consent.example", "https://a.example/#x", "javascript:alert(1)"])
def test_a_consent_page_is_a_safe_absolute_address(page: str) -> None:
    assert refusal(consent_url=page).startswith("GRANTWELL_CONSENT_URL must")


def test_scopes_are_a_catalogue_whose_words_may_be_missing() -> None:
    settings = with_(scopes='[{"id": "admin", "name": "All", "description": "Everything"}, {"id": "read"}]')
    assert [(scope.id, scope.name, scope.description) for scope in settings.scopes] == [
        ("admin", "All", "Everything"),
        ("read", "read", ""),
    ]


@pytest.mark.parametrize(
    "scopes",
    [
        "admin",
        "[]",
        "[1]",
        '{"id": "admin"}',
        '[{"name": "no id"}]',
        '[{"id": "a b"}]',
        '[{"id": ""}]',
        '[{"id": "a"}, {"id": "a"}]',
        '[{"id": "a", "descripton": "misspelt"}]',
        '[{"id": "offline_access"}]',
        "[" * 100_000,
    ],
)
def test_a_catalogue_that_is_none_is_refused(scopes: str) -> None:
    assert refusal(scopes=scopes).startswith("GRANTWELL_SCOPES ")


def test_rate_limits_change_one_by_one() -> None:
    limits = with_(rate_limits='{"register": "5/minute", "consent": "off"}').rate_limits
    assert limits["register"] == "5/minute"
    assert "consent" not in limits
    assert limits["sign_in_address"] == "30/minute"


def test_rate_limits_can_be_off() -> None:
    assert with_(rate_limits="off").rate_limits == {}


@pytest.mark.parametrize("limits", ["on", '{"registre": "1/hour"}', '{"register": "many"}', '{"register": 5}', "[]"])
def test_a_table_of_limits_that_is_none_is_refused(limits: str) -> None:
    assert refusal(rate_limits=limits).startswith("GRANTWELL_RATE_LIMITS ")


@pytest.mark.parametrize(
    "text",
    [
        RANDOM.hex(),
        RANDOM.hex().upper(),
        b64encode(RANDOM).decode(),
        urlsafe_b64encode(RANDOM).decode().rstrip("="),
        f" {RANDOM.hex()} ,",
    ],
)
def test_a_secret_is_read_in_every_usual_spelling(text: str) -> None:
    assert with_(secret=text).secret == (RANDOM,)


def test_secrets_are_a_list_of_which_the_first_comes_first() -> None:
    assert with_(secret=f"{OTHER.hex()},{b64encode(RANDOM).decode()}").secret == (OTHER, RANDOM)


@pytest.mark.parametrize(
    "secret", ["too short", RANDOM[:31].hex(), "A" * 64, "secret" * 20, "ä" * 50, f"{RANDOM.hex()},short", ","]
)
def test_a_secret_that_is_short_or_not_random_is_refused_and_not_repeated(secret: str) -> None:
    text = refusal(secret=secret)
    assert text.startswith("GRANTWELL_SECRET ")
    assert secret not in text.replace(",", "") or secret == ","


def test_a_given_api_key_is_long_and_fits_into_a_header() -> None:
    assert with_(bootstrap_api_key="k" * 24).bootstrap_api_key == "k" * 24
    for wrong in ("k" * 23, "k" * 23 + " k", "k" * 24 + "\n", "ä" * 24):
        text = refusal(bootstrap_api_key=wrong)
        assert text == "GRANTWELL_BOOTSTRAP_API_KEY must be text of 24 to 1024 visible ASCII characters"


def test_a_given_password_is_neither_short_nor_endless_and_never_repeated() -> None:
    assert with_(bootstrap_password="8 letter").bootstrap_password == "8 letter"
    assert "hunter2" not in refusal(bootstrap_password="hunter2")
    assert len(refusal(bootstrap_password=MEBIBYTE)) < 200


@pytest.mark.parametrize("email", ["admin", "@example.com", "admin@", "a b@example.com", "a@example.com\n"])
def test_an_email_address_has_a_name_and_a_host(email: str) -> None:
    assert refusal(bootstrap_email=email) == "GRANTWELL_BOOTSTRAP_EMAIL must be an email address"


def test_networks_are_written_as_cidr() -> None:
    assert with_(trusted_proxies="10.0.0.0/8, 192.0.2.1,fd00::/8").trusted_proxies == (
        "10.0.0.0/8",
        "192.0.2.1/32",
        "fd00::/8",
    )
    for wrong in ("10.0.0.1/8", "everyone", "10.0.0.0/33"):
        assert refusal(trusted_proxies=wrong).startswith("GRANTWELL_TRUSTED_PROXIES must be networks")


def test_hosts_are_names_with_or_without_a_port() -> None:
    assert with_(allowed_hosts="Auth.internal:8000,[::1]").allowed_hosts == ("auth.internal:8000", "[::1]")
    assert refusal(allowed_hosts="https://auth.internal").startswith("GRANTWELL_ALLOWED_HOSTS must be names")


def test_a_list_may_be_json_and_may_be_empty() -> None:
    assert with_(registration_scopes='["admin"]').registration_scopes == ("admin",)
    assert with_(registration_scopes="[]").registration_scopes == ()
    assert refusal(resources='["unfinished').startswith("GRANTWELL_RESOURCES is not valid JSON")


@pytest.mark.parametrize("resource", ["api", "https://api.example.com/#part", "/path"])
def test_a_resource_is_an_absolute_uri_without_fragment(resource: str) -> None:
    assert refusal(default_resource=resource).startswith("GRANTWELL_DEFAULT_RESOURCE must be an absolute URI")


def test_a_data_directory_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert "must be a directory" in refusal(data_dir=str(tmp_path / "file"))


def test_the_database_is_named_without_its_password_when_it_is_refused() -> None:
    text = refusal(database_url="mysql://root:hunter2@host/name")
    assert text.startswith("GRANTWELL_DATABASE_URL must be sqlite:///PATH or postgresql://")
    assert "hunter2" not in text


def test_a_value_of_the_file_in_another_type_is_refused(tmp_path: Path) -> None:
    (tmp_path / "grantwell.toml").write_text("port = true\nhost = 1\nresources = [1]\nbootstrap_password = 12345678")
    text = refusal(data_dir=str(tmp_path))
    assert len(text.splitlines()) == 4
    assert "12345678" not in text


@pytest.mark.parametrize("address", ["127.0.0.1:9464", "[::1]:9464", "metrics.internal:1"])
def test_metrics_have_an_address_and_a_port(address: str) -> None:
    assert with_(metrics_address=address).metrics_address == address
    assert with_().metrics_address is None


@pytest.mark.parametrize(
    "address", ["9464", ":9464", "127.0.0.1", "127.0.0.1:0", "a:65536", "::1:9464:", "a b:9464", "a:٣", MEBIBYTE]
)
def test_an_address_for_metrics_that_is_none_is_refused(address: str) -> None:
    said = refusal(metrics_address=address)
    assert said == "GRANTWELL_METRICS_ADDRESS must be an address and a port, as in 127.0.0.1:9464"


@pytest.mark.parametrize("endpoint", ["http://127.0.0.1:4318/v1/traces", "https://collector.example/traces?team=login"])
def test_a_collector_has_an_absolute_address(endpoint: str) -> None:
    assert with_(tracing_endpoint=endpoint).tracing_endpoint == endpoint


@pytest.mark.parametrize("endpoint", ["127.0.0.1:4318", "grpc://a:4317", "http://user:password@collector/", "http://"])
def test_a_collector_without_one_or_with_a_password_in_it_is_refused(endpoint: str) -> None:
    said = refusal(tracing_endpoint=endpoint)
    assert said.startswith("GRANTWELL_TRACING_ENDPOINT must be an absolute address")
    assert "password" not in said


def test_the_part_that_is_traced_is_a_number_from_0_to_1() -> None:
    assert with_(tracing_sample_ratio="0.05").tracing_sample_ratio == 0.05
    for text in ("2", "-0.1", "nan", "5%"):
        said = refusal(tracing_sample_ratio=text)
        assert said == f"GRANTWELL_TRACING_SAMPLE_RATIO must be a number from 0 to 1, not '{text}'"

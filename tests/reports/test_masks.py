from __future__ import annotations

import time

import pytest

from holdfast.reports.masks import mask_private

COVERED = [
    ("mail jane.doe+tag@mail.example.co.uk now", "mail [e-mail] now"),
    ("JO@EXAMPLE.ORG", "[e-mail]"),
    ("josé@exämple.de", "[e-mail]"),
    ("+49 170 1234567", "[phone]"),
    ("+1 (555) 123-4567", "[phone]"),
    ("call (555) 123-4567.", "call [phone]."),
    ("555-123-4567", "[phone]"),
    ("020 7946 0958", "[phone]"),
    ("06 12 34 56 78", "[phone]"),
    ("0170/1234567", "[phone]"),
    ("0049 30 1234567", "[phone]"),
    ("card 4111 1111 1111 1111 please", "card [card] please"),
    ("5500-0000-0000-0004", "[card]"),
    ("378282246310005", "[card]"),
    ("DE89 3704 0044 0532 0130 00", "[iban]"),
    ("to GB29NWBK60161331926819, thanks", "to [iban], thanks"),
    ("FR14 2004 1010 0505 0001 3M02 606 OK", "[iban] OK"),
    ("from 192.168.12.34 today", "from [ip] today"),
    ("2001:db8::ff00:42:8329", "[ip]"),
    ("sk-" + "abcd1234" * 5, "[key]"),
    ("ghp_" + "A1b2C3d4" * 5, "[key]"),
    ("AKIAIOSFODNN7EXAMPLE", "[key]"),
    ("hf_" + "abcdEFGH" * 4, "[key]"),
    ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N", "[key]"),
    ("password: hunter2!", "password: [key]"),
    ("api_key=abcdef123456", "api_key=[key]"),
    ('{"secret": "s3cr3t-value"}', '{"secret": "[key]"}'),
    ("Authorization: Bearer abc123def456", "Authorization: Bearer [key]"),
    ("https://joe:s3cret@host.example/x", "https://[key]@host.example/x"),
    ("wJalrXUtnFEMI7K7MDENGbPxRfiCYEXAMPLEKEY1", "[key]"),
    ("-----BEGIN RSA PRIVATE KEY-----\nMIIabc\n-----END RSA PRIVATE KEY-----", "[key]"),
    ("-----BEGIN PRIVATE KEY----- MIIabc cut off…", "[key]"),
]

KEPT = [
    "on 2024-01-31 at 12:30:45",
    "31.12.2024 or 01/02/2023 or 05-11-2023",
    "between 1990-2020 and 08:00-17:30",
    "it cost 1,299.00 or 1.299,00 € or $12,345,678.90",
    "version 1.2.3 and 10.15.7",
    "v1.2.3.4, version 10.0.19.1",
    "pip install x==1.2.3.4",
    "id 12345678 and 1234567890123456",
    "order 2024-000123, ticket #4711",
    "real-07412 syn-00001 row 15000",
    "550e8400-e29b-41d4-a716-446655440000",
    "9f2c61d0a7be40c4f6d5e8b1a2037c9965b0e1fd2c4ab8873e5d10f46a79c3e2",
    "ISBN 978-3-16-148410-0",
    "10 of 150 intents; 12 % (0.2 to 2.1 %)",
    "999.999.999.999",
    "my password is wrong",
    "the bearer of bad news",
    "I forgot my token again",
    "@octocat said hi @ noon",
    "C++ std::vector and a::b",
    "DE00 1234 5678 9012 3456 00",
    "4111 1111 1111 1112",
    "0.123456789 and 0.5 0.25 0.125",
    "3.14159265358979",
    "data/synthetic.jsonl:12345",
    "src/holdfast/reports/templates/report.html.j2",
    "401k, W2, 1099-INT",
    "zip 90210-1234",
    "0 0 0 0 1 1 1",
]


@pytest.mark.parametrize(("text", "masked"), COVERED)
def test_private_details_are_covered(text: str, masked: str) -> None:
    assert mask_private(text) == masked


@pytest.mark.parametrize("text", KEPT)
def test_everything_else_is_kept(text: str) -> None:
    assert mask_private(text) == text


@pytest.mark.parametrize(
    "unit", ["1 ", "a@", "-----BEGIN ", "AB12 ", "0-1 ", ":a", "password", "x", "(0", "1.", "eyJ", "+1 "]
)
def test_hostile_megabytes_take_linear_time(unit: str) -> None:
    start = time.process_time()
    mask_private(unit * (400_000 // len(unit)))
    assert time.process_time() - start < 10

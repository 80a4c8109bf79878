r"""Masks: private details are covered before a report leaves for a place where others read along.

This is a courtesy, not a guarantee: what follows a known shape is covered (e-mail addresses, phone numbers, keys,
card numbers, IBANs, IP addresses), names and street addresses are not. Card numbers and IBANs are covered only
where their check digits hold, so that plain ids stay readable.
"""

from __future__ import annotations

import ipaddress
import re

# Repetitions are bounded throughout, so that a hostile megabyte costs linear time.
_PRIVATE_BLOCK = re.compile(
    r"-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----.{0,8000}?(?:-----END [A-Z ]{0,40}PRIVATE KEY-----|\Z)",
    re.DOTALL,
)
_URL_LOGIN = re.compile(r"(?<=://)[^\s/@:]{1,200}:[^\s/@]{1,200}(?=@)")
_EMAIL = re.compile(r"(?<![\w.%+-])[\w.%+-]{1,64}@(?:[\w-]{1,63}\.){1,8}[^\W\d_][\w-]{1,62}", re.IGNORECASE)
_KNOWN_KEY = re.compile(
    r"""(?<![A-Za-z0-9])(?:
      sk-[A-Za-z0-9_-]{16,200}                       # OpenAI, Anthropic
    | [srp]k_(?:live|test)_[A-Za-z0-9]{10,200}       # Stripe
    | gh[pousr]_[A-Za-z0-9]{20,255} | github_pat_\w{20,255}
    | glpat-[\w-]{16,200}
    | xox[abeoprs]-[A-Za-z0-9-]{10,250}              # Slack
    | (?:AKIA|ASIA|AGPA|AIDA|AROA)[A-Z0-9]{16}       # AWS
    | AIza[\w-]{30,60} | ya29\.[\w-]{20,250}         # Google
    | hf_[A-Za-z0-9]{20,200} | npm_[A-Za-z0-9]{30,60} | pypi-[\w-]{20,250}
    | eyJ[\w-]{8,2000}\.eyJ[\w-]{4,4000}\.[\w-]{4,2000}  # JSON Web Token
    )""",
    re.VERBOSE,
)
_NAMED_KEY = re.compile(
    r"""(?P<name>\b(?:api[_ -]?key|secret(?:[_ -]?key)?|access[_ -]?key|access[_ -]?token|auth[_ -]?token|token
        |password|passwd|passphrase|pwd)["']?\s{0,3}(?:[:=]|\bis\b)\s{0,3}["']?|\bbearer\s{1,3})
        (?P<value>[^\s"',;<>]{6,400})""",
    re.VERBOSE | re.IGNORECASE,
)
_LONG_WORD = re.compile(r"(?<![\w/+.=-])[A-Za-z0-9_+/-]{32,400}={0,2}(?![\w/+=-])")
_IBAN = re.compile(r"(?<![A-Za-z0-9])[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]){11,30}(?![A-Za-z0-9])")
_CARD = re.compile(r"(?<![\w.,/-])(?<!\d[ -])[2-6]\d{3}(?:[ -]?\d){8,15}(?![\w/-])(?![.,]\d)")
_IP4 = re.compile(r"(?<![\w.@-])(?:\d{1,3}\.){3}\d{1,3}(?![\w-])(?!\.\d)")
_IP6 = re.compile(r"(?<![\w:.])(?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f]{0,4}(?![\w:])")
_VERSION_BEFORE = re.compile(
    r"(?:\bv|\bver(?:sion|\.)?|\brelease|\bfirmware|\bbuild|==|>=|<=|~=)\s?$", re.IGNORECASE
)
_PHONE = re.compile(
    r"""(?<![\w.,:/+-])(?:
      \+\d{1,3}(?:[ ().\-/]{0,2}\d){6,13}                            # +49 (30) 1234-567
    | 00[1-9]\d{0,2}[ \-/]\d(?:[ \-/]?\d){6,12}                      # 0049 30 1234567
    | (?:1[ .-])?(?:\([2-9]\d{2}\)[ ]?|[2-9]\d{2}[ .-])\d{3}[ .-]\d{4}  # (555) 123-4567
    | \(0\d{1,4}\)[ ]?\d(?:[ -]?\d){4,9}                             # (030) 123456
    | 0\d{2,4}[ ]?/[ ]?\d(?:[ -]?\d){4,9}                            # 030/1234567
    | 0\d{1,4}(?:[ -]\d{2,8}){1,4}                                   # 020 7946 0958, 06 12 34 56 78
    )(?![\w/-])(?![.,:]\d)""",
    re.VERBOSE,
)
_DATE_LIKE = re.compile(r"0?\d{1,2}[-/ .]\d{1,2}[-/ .](?:19|20)\d{2}|0?\d{1,2}-\d{1,2}-\d{2}")


def mask_private(text: str) -> str:
    """Cover e-mail addresses, phone numbers, keys, card numbers, IBANs and IP addresses.

    Args:
        text: Text from a record, a label or an id.

    Returns:
        The text with each private detail replaced by what it was, in brackets.

    >>> mask_private("write to jo@example.org or call +49 170 1234567")
    'write to [e-mail] or call [phone]'
    >>> mask_private("order 20231104-7 of 2023-11-04 cost 1,299.00, version 1.2.3")
    'order 20231104-7 of 2023-11-04 cost 1,299.00, version 1.2.3'
    """
    text = _PRIVATE_BLOCK.sub("[key]", text)
    text = _URL_LOGIN.sub("[key]", text)
    text = _EMAIL.sub("[e-mail]", text)
    text = _KNOWN_KEY.sub("[key]", text)
    text = _NAMED_KEY.sub(_named, text)
    text = _LONG_WORD.sub(_long_word, text)
    text = _IBAN.sub(_iban, text)
    text = _CARD.sub(_card, text)
    text = _IP4.sub(_address, text)
    text = _IP6.sub(_address, text)
    return _PHONE.sub(_phone, text)


def _named(match: re.Match[str]) -> str:
    name, value = match["name"], match["value"]
    sure = re.search(r"[:=]", name) is not None
    # In prose ("my password is secret", "bearer of bad news") only what looks like a key is one.
    if not sure and not re.search(r"\d", value):
        return match.group()
    return match.group() if value.startswith("[") else f"{name}[key]"


def _long_word(match: re.Match[str]) -> str:
    word = match.group()
    kinds = [any(test(letter) for letter in word) for test in (str.isupper, str.islower, str.isdigit)]
    # Hex digests and UUIDs are ids; a path has short parts; what remains and mixes all three kinds is a key.
    longest = max(len(part) for part in re.split(r"[/_-]", word))
    return "[key]" if all(kinds) and longest >= 20 and not re.fullmatch(r"[0-9A-Fa-f-]+", word) else word


def _iban(match: re.Match[str]) -> str:
    text = match.group()
    # The pattern may run on into following capitals or numbers: the longest beginning whose check digits hold wins.
    for end in range(len(text), 14, -1):
        plain = re.sub(r"[ -]", "", text[:end])
        if text[end - 1] not in " -" and 15 <= len(plain) <= 34 and _checks_out(plain):
            return "[iban]" + text[end:]
    return text


def _checks_out(iban: str) -> bool:
    """ISO 7064 mod 97-10."""
    return int("".join(str(int(letter, 36)) for letter in iban[4:] + iban[:4])) % 97 == 1


def _card(match: re.Match[str]) -> str:
    digits = [int(letter) for letter in match.group() if letter.isdigit()]
    doubled = sum(
        d if place % 2 == 0 else (2 * d - 9 if d > 4 else 2 * d) for place, d in enumerate(reversed(digits))
    )
    good = 13 <= len(digits) <= 19 and doubled % 10 == 0 and len(set(digits)) > 1  # Luhn
    return "[card]" if good else match.group()


def _address(match: re.Match[str]) -> str:
    text = match.group()
    if text.count(":") == 2 and "::" not in text:  # a time of day
        return text
    if "::" in text and not any(letter.isdigit() for letter in text):  # a::b is a name in many languages
        return text
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return text
    before = match.string[max(0, match.start() - 12) : match.start()]
    return text if text == "::" or _VERSION_BEFORE.search(before) else "[ip]"


def _phone(match: re.Match[str]) -> str:
    text = match.group()
    digits = sum(letter.isdigit() for letter in text)
    if digits < 8 or digits > 15 or _DATE_LIKE.match(text):
        return text
    return "[phone]"

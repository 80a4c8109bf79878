"""Templates are read as they are written, and what stands in a value stays a value."""

import pytest

from holdfast.errors import InputError
from holdfast.remedies.generate import templates
from holdfast.remedies.generate.templates import check_template, own_template, parse, quoted, read_template

OWN = sorted(file.stem for file in templates._PROMPTS.glob("*.txt"))


def said(written, **values):
    return [message.content for message in parse(written, name="it").messages(values)]


def test_a_line_without_values_is_left_out():
    written = "Write {subject}.\nKind: {kind}\n{one} and {two}\nEnd."
    assert said(written, subject="a text", kind="", one="", two="x") == ["Write a text.\n and x\nEnd."]
    assert said(written, subject="a text", kind=" ", one="", two="") == ["Write a text.\nEnd."]


def test_a_heading_goes_with_the_line_below_it():
    written = "Write.\n\nExamples:\n{examples}\n\nOthers:\n{others}\n\nEnd."
    assert said(written, examples="- a", others="") == ["Write.\n\nExamples:\n- a\n\nEnd."]
    assert said(written, examples="", others="") == ["Write.\n\nEnd."]
    assert said("Kind {kind}:\n{examples}\nEnd.", kind="x", examples="") == ["Kind x:\nEnd."]
    assert said("Say it.\n{examples}\nEnd.", examples="") == ["Say it.\nEnd."]


def test_lines_of_values_are_left_alone():
    assert said("A\n{text}\nB", text="one:\n\n\n  two\n") == ["A\none:\n\n\n  two\n\nB"]


def test_what_stands_in_a_value_is_a_value():
    hostile = "{text}\n---\n# no remark\n{other} {}{{text}}"
    assert said("Say:\n{text}\nEnd {other}", text=hostile, other="x") == [f"Say:\n{hostile}\nEnd x"]


def test_the_system_and_the_user():
    template = parse("# a remark\n\n# another\nYou are {who}.\n--- \nSay {what}.\n---\nmore", name="it")
    assert template.names == {"who", "what"}
    messages = template.messages({"who": "a nurse", "what": "it"})
    assert [(one.role, one.content) for one in messages] == [
        ("system", "You are a nurse."),
        ("user", "Say it.\n---\nmore"),
    ]
    silent = parse("{who}\n---\nSay it.", name="it").messages({"who": ""})
    assert [one.role for one in silent] == ["user"]


def test_braces_that_are_no_names_stay():
    assert said('Answer as {"text": "..."} or { x } or {Name}') == [
        'Answer as {"text": "..."} or { x } or {Name}'
    ]


def test_a_name_without_a_value_is_an_error():
    with pytest.raises(InputError, match="stratun"):
        said("Kind: {stratun}", stratum="x")


@pytest.mark.parametrize("written", ["", "# only a remark", "You are it.\n---\n  \n"])
def test_a_prompt_that_says_nothing(written):
    with pytest.raises(InputError, match="says nothing"):
        parse(written, name="it")


def test_own_files_of_users(tmp_path):
    file = tmp_path / "mine.txt"
    file.write_text("Rewrite {text}.\r\nKind: {stratum}\r\n")
    template = read_template(file, known=["text", "stratum"])
    assert template.name == "mine"
    assert template.messages({"text": "a", "stratum": ""})[0].content == "Rewrite a."
    with pytest.raises(InputError, match=r"mine\.txt.*no value 'stratum'.*style, text"):
        read_template(file, known=["text", "style"])
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(InputError, match="no UTF-8"):
        read_template(file, known=[])
    with pytest.raises(
        InputError, match=r"none\.txt: the prompt cannot be read: no such file.*folder of the recipe"
    ):
        read_template(tmp_path / "none.txt", known=[])


def test_a_hash_is_of_all_that_is_written():
    one, other = parse("# a\nSay it.", name="x"), parse("# b\nSay it.", name="x")
    assert one.hash != other.hash
    assert one.hash == parse("# a\nSay it.", name="y").hash
    assert one.hash.startswith("sha256:")
    assert len(one.hash) == 71


def test_what_a_template_needs():
    with pytest.raises(InputError, match=r"mine: the prompt does not show \{text\}"):
        check_template(parse("Rewrite it.", name="mine"), ["text"])


@pytest.mark.parametrize("name", OWN)
def test_own_prompts_are_short_and_end_in_what_is_wanted(name):
    template = own_template(name)
    lines = template.user.splitlines()
    assert len(lines) <= 20
    assert max(map(len, lines)) <= 140
    assert lines[-1].endswith("alone.")
    assert not template.system  # some models take no system message
    assert own_template(name) is template


@pytest.mark.parametrize(
    "text", ["plain", 'he said "no"', "two\nlines", '"""', 'a """" b\n"""', '"', "", "lone\rreturn", '"' * 9]
)
def test_quotes_cannot_be_closed_from_inside(text):
    found = quoted(text)
    fence = found[: len(found) - len(found.lstrip('"'))] if found.startswith('"""') else '"'
    inner = found[len(fence) : -len(fence)]
    assert text.strip() in inner
    assert fence not in inner.strip("\n") if text.strip('"') else True

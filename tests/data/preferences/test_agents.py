"""Who descends from whom, as a file tells it."""

import pytest

from holdfast.data.preferences.agents import Agent, Agents, read_agents
from holdfast.errors import InputError


@pytest.fixture
def written(tmp_path):
    def write(text):
        file = tmp_path / "agents.toml"
        file.write_text(text, encoding="utf-8")
        return file

    return write


def test_a_file_is_read(written):
    file = written("""
["zephyr-7b-beta"]
family = "mistral"
initialised_from = ["mistral-7b-v0.1"]
trained_on_outputs_of = ["gpt-4-turbo", "gpt-4-turbo"]

[alone]
""")
    assert read_agents(file) == Agents(
        described=(
            Agent(
                name="zephyr-7b-beta",
                family="mistral",
                initialised_from=("mistral-7b-v0.1",),
                trained_on_outputs_of=("gpt-4-turbo",),
            ),
            Agent(name="alone"),
        ),
        file=str(file),
    )


def test_an_empty_file_describes_nobody(written):
    assert len(read_agents(written(""))) == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[a]\nfamly = "x"', "Did you mean 'family'?"),
        ('[a]\ninitialised_from = "b"', "is a list of names"),
        ("[a]\ntrained_on_outputs_of = [1]", "is a list of names"),
        ('[a]\ntrained_on_outputs_of = [" "]', "is a list of names"),
        ("[a]\nfamily = 3", "family is a text"),
        ("a = 3", "an agent is a table"),
        ('[zephyr-7b.1]\nfamily = "x"', 'in quotes: ["zephyr-7b.1"]'),
        ('[""]', "an agent has a name"),
        ('["@1"]', "an agent has a name"),
        ('["GPT-4"]\n[gpt-4]', "the same agent as 'GPT-4'"),
        ("[a", "is no TOML"),
    ],
)
def test_what_cannot_be_read_is_told(written, text, said):
    with pytest.raises(InputError) as caught:
        read_agents(written(text))
    assert said in str(caught.value)
    assert "agents.toml" in str(caught.value)


def test_a_missing_file_is_told(tmp_path):
    with pytest.raises(InputError, match="there is no such file of agents"):
        read_agents(tmp_path / "agents.toml")

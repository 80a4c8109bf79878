"""How close a judge stands to an author."""

import pytest

from holdfast.data.preferences.agents import Agent, Agents
from holdfast.views.relations import Relations, strongest

KNOWN = Relations(
    Agents(
        described=(
            Agent(name="GPT-4", family="openai"),
            Agent(name="gpt-3.5", family="OpenAI"),
            Agent(name="base"),
            Agent(name="tuned", initialised_from=("base",), trained_on_outputs_of=("gpt-4@0613",)),
            Agent(name="student", initialised_from=("tuned",)),
            Agent(name="sibling", initialised_from=("base",)),
            Agent(name="distilled", trained_on_outputs_of=("gpt-4",)),
            Agent(name="stranger"),
            Agent(name="ouroboros", initialised_from=("snake",)),
            Agent(name="snake", initialised_from=("ouroboros", "snake")),
            Agent(name="m@1", family="m"),
            Agent(name="m@2", trained_on_outputs_of=("nobody",)),
            Agent(name="mistral-7b", family="mistral"),
            Agent(name="zephyr", initialised_from=("mistral-7b",)),
            Agent(name="mistral-large", family="mistral"),
        )
    )
)


@pytest.mark.parametrize(
    ("judge", "author", "relation"),
    [
        ("gpt-4", "GPT-4", "same model"),
        ("gpt-4@0613", "gpt-4", "same model"),
        ("gpt-4@0613", "gpt-4@1106", "same model"),
        ("tuned", "gpt-4", "inheritance"),
        ("student", "gpt-4@1106", "inheritance"),
        ("student", "base", "inheritance"),
        ("student", "sibling", "inheritance"),
        ("distilled", "tuned", "inheritance"),
        ("gpt-4", "gpt-3.5", "same family"),
        ("zephyr", "mistral-large", "same family"),
        ("m@1", "m@2", "same family"),
        ("m", "m@2", "same model"),
        ("m", "nobody", "inheritance"),
        ("m@1", "nobody", "unknown"),
        ("stranger", "gpt-4", "unrelated"),
        ("ouroboros", "snake", "inheritance"),
        ("ouroboros", "stranger", "unrelated"),
        ("nobody", "gpt-4", "unknown"),
        (None, "gpt-4", "unknown"),
        ("gpt-4", "", "unknown"),
    ],
)
def test_relations(judge, author, relation):
    assert KNOWN.relation(judge, author) == KNOWN.relation(author, judge) == relation


def test_names_alone_are_enough_for_the_same_model():
    without = Relations()
    assert without.relation("Llama@1", "llama") == "same model"
    assert without.relation("llama", "vicuna") == "unknown"


def test_a_long_chain_is_walked():
    chain = Relations(
        Agents(described=tuple(Agent(name=f"m{i}", initialised_from=(f"m{i - 1}",)) for i in range(1, 3_000)))
    )
    assert chain.relation("m2999", "m0") == "inheritance"


def test_relatives_of_a_teacher():
    assert KNOWN.related_to("GPT-4@0613") == {"GPT-4", "gpt-3.5", "tuned", "student", "distilled"} | {
        "gpt-4@0613"
    }
    assert KNOWN.related_to("gpt-4", ["Student@7", "stranger", "never heard of"]) == {"Student@7"}
    assert Relations().related_to("gpt-4", ["gpt-4@1", "x"]) == {"gpt-4@1"}


def test_described_is_known():
    assert KNOWN.is_known("gpt-4@x")
    assert KNOWN.is_known("M")
    assert not KNOWN.is_known("nobody")


def test_the_closest_counts():
    assert strongest(["same family", "same model"]) == "same model"
    assert strongest(["unrelated", "unrelated"]) == "unrelated"
    assert strongest([]) == "unknown"

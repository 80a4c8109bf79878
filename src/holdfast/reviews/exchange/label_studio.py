"""Label Studio: tasks with annotations and predictions, and the labelling interface that fits them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import quoteattr

from holdfast.errors import InputError
from holdfast.reviews.exchange.passing import Returned
from holdfast.reviews.questions.question import EDITED

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from holdfast.reviews.exchange.passing import Sent
    from holdfast.reviews.questions.question import Question
    from holdfast.reviews.queues.contract import Queue

_SEEN = ("text", "prompt", "left", "right", "label")
_TIES = "-ties"
"""What follows the name of a question about pairs where neither side is better: the interface has no tie of its own."""


def label_studio_tasks(queue: Queue, sent: Iterable[Sent]) -> list[dict[str, Any]]:
    """Tasks for Label Studio; what is checked on return travels in `data`."""
    return [
        {
            # Label Studio counts from 1 and gives new numbers when it imports; `data.item` is what is read.
            "id": one.item + 1,
            "data": one.texts | one.marks,
            "annotations": [],
            "predictions": []
            if one.suggestion is None
            else [{"model_version": "suggestion", "result": _results(queue, one.suggestion)}],
        }
        for one in sent
    ]


def label_studio_config(queue: Queue) -> str:
    """The labelling interface (XML) that asks the questions of a queue."""
    pair = queue.shape == "pair"
    whole = "left,right" if pair else "text"
    first = "left" if pair else "text"
    lines = ["<View>"]
    shown = ("prompt", "left", "right") if pair else ("text",)
    lines += [f'  <Text name="{name}" value="${name}"/>' for name in shown]
    for one in queue.questions.questions:
        lines.append(f"  <Header value={quoteattr(one.ask)}/>")
        lines += [f"  {line}" for line in _controls(one, whole, first)]
    verdict = queue.questions.of_kind("verdict")
    if verdict is not None and "edit" in verdict.values:
        lines.append(f'  <TextArea name="{EDITED}" toName="{first}" value="$text" maxSubmissions="1"/>')
    return "\n".join([*lines, "</View>", ""])


def _controls(question: Question, whole: str, first: str) -> list[str]:
    name = quoteattr(question.name)
    required = ' required="true"' if question.required else ""
    if question.kind == "note":
        return [f'<TextArea name={name} toName="{first}" maxSubmissions="1"{required}/>']
    if question.kind == "rating":
        return [f'<Rating name={name} toName="{first}" maxRating="{len(question.choices)}"{required}/>']
    if question.kind == "which":
        ties = quoteattr(question.name + _TIES)
        return [
            f'<Pairwise name={name} toName="{whole}"/>',
            f'<Choices name={ties} toName="{first}"><Choice value="both_good"/><Choice value="both_bad"/></Choices>',
        ]
    choice = "multiple" if question.kind == "tags" else "single"
    choices = "".join(f"<Choice value={quoteattr(str(value))}/>" for value in question.values)
    return [f'<Choices name={name} toName="{first}" choice="{choice}"{required}>{choices}</Choices>']


def _results(queue: Queue, answers: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Answers as results of a prediction."""
    found = []
    first = "left" if queue.shape == "pair" else "text"
    for one in queue.questions.questions:
        value = answers.get(one.name)
        if value is None:
            continue
        name, to = one.name, first
        if one.kind == "which" and value in ("left", "right"):
            kind, held, to = "pairwise", {"selected": value}, "left,right"
        elif one.kind == "rating":
            kind, held = "rating", {"rating": value}
        elif one.kind == "note":
            kind, held = "textarea", {"text": [value]}
        else:
            name += _TIES if one.kind == "which" else ""
            kind, held = "choices", {"choices": value if isinstance(value, list) else [value]}
        found.append(
            {
                "id": f"{one.name}-suggested",
                "from_name": name,
                "to_name": to,
                "type": kind,
                "value": held,
            }
        )
    return found


def label_studio_answers(queue: Queue, body: Any, file: str) -> Iterator[Returned]:
    """Annotations, one for each person and task; cancelled ones are no answers.

    Args:
        queue: The queue.
        body: The file, decoded: a list of tasks.
        file: How errors name it.

    Raises:
        InputError: It is no list of tasks.
    """
    if not isinstance(body, list):
        raise InputError("is no list of Label Studio tasks", where=file)
    tags = {one.name for one in queue.questions.questions if one.kind == "tags"}
    for place, task in enumerate(body):
        where = f"{file}, task {task.get('id', place) if isinstance(task, dict) else place}"
        if not isinstance(task, dict) or not isinstance(task.get("data"), dict):
            raise InputError("is no task with data", where=where)
        for one in task.get("annotations") or []:
            if not isinstance(one, dict):
                raise InputError("an annotation is no object", where=where)
            if one.get("was_cancelled") or not one.get("result"):
                continue
            lead = one.get("lead_time")
            yield Returned(
                marks={name: value for name, value in task["data"].items() if name not in _SEEN},
                reviewer=_person(one, where),
                answers=_answers(one["result"], tags, where),
                text=task["data"].get("text"),
                seconds=float(lead) if isinstance(lead, int | float) and lead >= 0 else None,
                at=str(one.get("updated_at") or one.get("created_at") or ""),
                suggested=bool(task.get("predictions")),
                where=where,
            )


def _person(annotation: Mapping[str, Any], where: str) -> str:
    by = annotation.get("completed_by")
    if isinstance(by, dict):
        by = by.get("email") or by.get("id")
    if by is None or by == "":
        raise InputError("an annotation does not say who completed it", where=where)
    return str(by)


def _answers(results: Any, tags: set[str], where: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for one in results:
        if not isinstance(one, dict) or not isinstance(one.get("value"), dict) or "from_name" not in one:
            raise InputError("a result has no from_name or no value", where=where)
        name, value = str(one["from_name"]).removesuffix(_TIES), one["value"]
        if "selected" in value:
            found[name] = value["selected"]
        elif "rating" in value:
            found[name] = value["rating"]
        elif "choices" in value:
            found[name] = list(value["choices"]) if name in tags else next(iter(value["choices"]), None)
        elif "text" in value:
            texts = value["text"]
            found[name] = "\n".join(texts) if isinstance(texts, list) else texts
        else:
            raise InputError(f"a result of type {one.get('type')!r} answers no question of ours", where=where)
    return found

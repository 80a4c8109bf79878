"""What a brand audit says in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from holdfast.measures.reading import percent

if TYPE_CHECKING:
    from holdfast.audits.brand.result import BrandAudit


def sentence(audit: BrandAudit) -> str:
    """The answer in a few words, the worst first."""
    along = audit.reading("brand_retention")
    if along is None or along.value is None:
        reason = along.reason if along is not None and along.reason else "it was not read"
        since = audit.reading("brand_since")
        tail = (
            ""
            if since is None or since.value is None
            else f" Since the last model it moved by {since.value:+.2f}."
        )
        return f"How much of your voice the outputs keep is not known: {reason}.{tail}"
    kept = f"The outputs keep {percent(min(along.value, 1.0))} of the way from generic text to your voice"
    said = [
        f"{kept} ({_span(along.interval)}); approved texts in their place keep {_span(along.reality_interval)}."
    ]
    any_way = audit.reading("brand_retention_any")
    if any_way is not None and any_way.state == "beyond" and along.state != "beyond":
        said.append(
            "They left it in another direction than towards the generic texts, which another subject alone can do: see what pulls them away."
        )
    since = audit.reading("brand_since")
    if since is not None and since.state == "beyond" and since.value is not None:
        said.append(
            f"Since the last model {percent(-since.value)} of the way was lost ({since.evidence[0]})."
        )
    if audit.verdict == "pass":
        detectable = along.smallest_detectable
        said.append(
            "Nothing was lost that shows"
            + (
                f"; a loss of {percent(max(detectable, along.floor))} would have been seen in four draws of five."
                if detectable
                else "."
            )
        )
    elif along.state != "beyond" and along.effect is not None and -along.effect > 0.1 and along.floor > 0.1:
        said.append("Your own texts on different subjects differ by as much, so the subject alone may be it.")
    return " ".join(said)


def not_claimed(audit: BrandAudit) -> tuple[str, ...]:
    """What the figures do not show, said every time."""
    said = [
        "A voice is read from small words and marks; meaning, taste and facts are not.",
        "Texts of another kind are another voice here, people's own too: give approved texts of the kinds that the outputs are of, in a "
        "folder for each kind, or compare with outputs of an earlier model on the same prompts.",
        "No alarm is no proof that nothing moved: --json says of each reading which change would have been seen in four audits of five.",
        "Over-used phrases may come with a subject; only outputs on the same subjects as your texts rule that out.",
    ]
    if not audit.english:
        said.append(
            "The texts are not English as far as can be told: words that most documents hold stand in for function words, and this has "
            "been tested on English alone."
        )
    return tuple(said)


def _span(ends: tuple[float, float] | None) -> str:
    return "no interval" if ends is None else f"{ends[0]:.2f} to {ends[1]:.2f}"

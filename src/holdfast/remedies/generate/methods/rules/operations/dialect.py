"""Dialect: one language, two spellings, and a few words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from holdfast.remedies.generate.methods.rules.pieces import cut, find_phrases, replace_phrases

if TYPE_CHECKING:
    import numpy as np

    from holdfast.remedies.generate.methods.rules.pieces import Phrase

Style = Literal["british", "american"]

# A small table of our own, British / American; only words that say the same in both, whatever stands beside them.
_TABLE = """
    colour/color colours/colors favourite/favorite favourites/favorites flavour/flavor flavours/flavors neighbour/neighbor
    neighbourhood/neighborhood honour/honor humour/humor labour/labor behaviour/behavior rumour/rumor harbour/harbor
    centre/center centres/centers theatre/theater theatres/theaters metre/meter metres/meters litre/liter litres/liters
    kilometre/kilometer kilometres/kilometers fibre/fiber calibre/caliber organise/organize organised/organized
    organisation/organization recognise/recognize recognised/recognized realise/realize realised/realized apologise/apologize
    authorise/authorize authorised/authorized authorisation/authorization cancelled/canceled cancelling/canceling
    travelling/traveling travelled/traveled traveller/traveler travellers/travelers labelled/labeled modelling/modeling
    fuelling/fueling defence/defense offence/offense licence/license programme/program catalogue/catalog dialogue/dialog
    grey/gray tyre/tire tyres/tires cheque/check cheques/checks jewellery/jewelry pyjamas/pajamas mum/mom mums/moms
    maths/math aeroplane/airplane aeroplanes/airplanes aluminium/aluminum sceptical/skeptical enrol/enroll fulfil/fulfill
    postcode/zip-code queue/line holiday/vacation holidays/vacations petrol/gas flat/apartment lift/elevator biscuit/cookie
    biscuits/cookies crisps/chips rubbish/trash autumn/fall lorry/truck torch/flashlight trousers/pants pavement/sidewalk
    motorway/highway car-park/parking-lot mobile/cell-phone mobile-phone/cell-phone current-account/checking-account
    postbox/mailbox timetable/schedule chemist/pharmacy film/movie films/movies takeaway/takeout trainers/sneakers
"""
# Words that a reader of the other side takes for something else, or that are verbs, are changed in one direction only.
_ONLY_FROM_BRITISH = (
    "check checks tire tires line gas fall program pants chips license meter meters trash schedule"
)
_ONLY_FROM_AMERICAN = "lift flat film films mobile"

_AMERICAN: dict[Phrase, tuple[str, ...]] = {}
_BRITISH: dict[Phrase, tuple[str, ...]] = {}
for _pair in _TABLE.split():
    _here, _there = _pair.replace("-", " ").split("/")
    if _here not in _ONLY_FROM_AMERICAN.split():
        _AMERICAN[tuple(_here.split())] = (_there,)
    if _there not in _ONLY_FROM_BRITISH.split():
        _BRITISH.setdefault(tuple(_there.split()), (_here,))


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """People in London write "colour" and "holiday", people in Chicago "color" and "vacation".

    English only.

    Rate
        per word that has another form: high, since one person keeps to one side. A guess, replace it; how many rows it befalls,
        `learn_weights` measures.

    >>> import numpy as np
    >>> Dialect(style="british", rate=1.0)("My favorite movie theater canceled", np.random.default_rng(0))
    'My favourite film theatre cancelled'
    """

    style: Style = "british"
    rate: float = 0.9

    @property
    def name(self) -> str:
        """`british` or `american`."""
        return self.style

    def __call__(self, text: str, rng: np.random.Generator) -> str:
        """As the other side writes it."""
        return replace_phrases(text, _BRITISH if self.style == "british" else _AMERICAN, self.rate, rng)

    def shows(self, text: str) -> bool | None:
        """Whether a text has the form already; None where it has nothing to choose."""
        pieces = cut(text)
        british = next(find_phrases(pieces, _AMERICAN, longest=2), None) is not None
        american = next(find_phrases(pieces, _BRITISH, longest=2), None) is not None
        return (british if self.style == "british" else american) if british or american else None

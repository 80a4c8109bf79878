"""About: what nobody but its maker can say of a set, from a TOML file. What is not said is left out and reported, never invented."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from holdfast.data.toml import check_known, read_toml
from holdfast.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

TEXTS = ("name", "version", "description", "license", "url", "cite_as", "creator", "namespace")
DATES = ("date_published",)
LISTS = ("language",)
# Every field of Croissant RAI 1.0 (https://docs.mlcommons.org/croissant/docs/croissant-rai-spec.html), as written there.
RAI = {
    "data_limitations": "dataLimitations",
    "data_biases": "dataBiases",
    "personal_sensitive_information": "personalSensitiveInformation",
    "data_use_cases": "dataUseCases",
    "data_social_impact": "dataSocialImpact",
    "data_collection": "dataCollection",
    "data_collection_type": "dataCollectionType",
    "data_collection_missing_data": "dataCollectionMissingData",
    "data_collection_raw_data": "dataCollectionRawData",
    "data_collection_timeframe": "dataCollectionTimeframe",
    "data_imputation_protocol": "dataImputationProtocol",
    "data_manipulation_protocol": "dataManipulationProtocol",
    "data_preprocessing_protocol": "dataPreprocessingProtocol",
    "data_annotation_protocol": "dataAnnotationProtocol",
    "data_annotation_platform": "dataAnnotationPlatform",
    "data_annotation_analysis": "dataAnnotationAnalysis",
    "data_release_maintenance_plan": "dataReleaseMaintenancePlan",
    "annotations_per_item": "annotationsPerItem",
    "annotator_demographics": "annotatorDemographics",
}
WANTED = (
    "version",
    "description",
    "license",
    "url",
    "creator",
    "cite_as",
    "date_published",
    "data_limitations",
    "data_biases",
    "personal_sensitive_information",
    "data_use_cases",
    "data_social_impact",
)
"""What readers of Croissant, and conferences, ask for."""


@dataclass(frozen=True, slots=True)
class About:
    """What a set's maker says of it.

    Attributes:
        texts: By key; only those that were said.
        language: ISO 639 codes.
        rai: By field of Croissant RAI.
    """

    texts: Mapping[str, str] = field(default_factory=dict)
    language: tuple[str, ...] = ()
    rai: Mapping[str, str] = field(default_factory=dict)

    def missing(self, known: Mapping[str, object]) -> tuple[str, ...]:
        """Keys of `WANTED` that neither this nor what is known says."""
        said = {*self.texts, *(key for key, name in RAI.items() if name in self.rai)}
        return tuple(key for key in WANTED if key not in said and not known.get(key))


def read_about(path: str | Path) -> About:
    """Read what a maker says; every key must be known.

    Raises:
        InputError: It cannot be read, or says what nobody asks.
    """
    file = Path(path)
    _, values = read_toml(file, "file about the set")
    check_known(values, (*TEXTS, *DATES, *LISTS, *RAI), str(file))
    texts = {key: _text(values[key], key, file) for key in (*TEXTS, *DATES) if key in values}
    language = values.get("language", [])
    if isinstance(language, str):
        language = [language]
    if not isinstance(language, list) or not all(isinstance(code, str) and code.strip() for code in language):
        raise InputError("language is a list of codes", where=str(file), do='Say language = ["en"]')
    rai = {name: _text(values[key], key, file) for key, name in RAI.items() if key in values}
    return About(texts, tuple(language), rai)


def _text(value: Any, key: str, file: Path) -> str:
    # TOML has dates of its own; a date that is written as a text must be one, too.
    if key in DATES:
        try:
            if isinstance(value, str):
                value = dt.date.fromisoformat(value)
        except ValueError:
            pass
        if isinstance(value, dt.date):
            return value.isoformat()
        raise InputError(f"{key} is a date", where=str(file), do=f"Say {key} = 2026-11-30")
    if not isinstance(value, str) or not value.strip():
        raise InputError(f"{key} is a text that is not empty", where=str(file))
    return value

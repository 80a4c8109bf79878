"""Croissant 1.1 with Responsible AI 1.0 and PROV: what a set is, what made it, and what its maker says of it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from holdfast.reports.exports.card import license_of

if TYPE_CHECKING:
    from holdfast.reports.exports.about import About
    from holdfast.reports.exports.facts import Column, Facts, File

CROISSANT, RAI = "http://mlcommons.org/croissant/1.1", "http://mlcommons.org/croissant/RAI/1.0"
# The context of the specification; readers warn unless it is whole.
_TERMS = [
    "annotation",
    "arrayShape",
    "citeAs",
    "column",
    "containedIn",
    "equivalentProperty",
    "excludes",
    "extract",
    "field",
    "fileObject",
    "fileProperty",
    "fileSet",
    "format",
    "includes",
    "isArray",
    "isLiveDataset",
    "jsonPath",
    "key",
    "md5",
    "parentField",
    "path",
    "readLines",
    "recordSet",
    "references",
    "regex",
    "repeated",
    "replace",
    "samplingRate",
    "sdVersion",
    "separator",
    "source",
    "subField",
    "transform",
    "unArchive",
    "value",
]
CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "sc": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "dct": "http://purl.org/dc/terms/",
    "prov": "http://www.w3.org/ns/prov#",
    **{term: f"cr:{term}" for term in _TERMS},
    "conformsTo": "dct:conformsTo",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
}
_FORMATS = {"jsonl": "application/jsonlines", "parquet": "application/x-parquet"}
_TYPES = {"text": "sc:Text", "boolean": "sc:Boolean", "integer": "sc:Integer", "number": "sc:Float"}
_LINEAGE: dict[str, dict[str, Any]] = {
    "generation_depth": {"dataType": "sc:Integer"},
    "cycle": {"dataType": "sc:Integer"},
    "agent": {"dataType": ["sc:Text", "prov:SoftwareAgent"], "equivalentProperty": "prov:wasAttributedTo"},
    "parent_ids": {
        "dataType": "sc:Text",
        "isArray": True,
        "arrayShape": "-1",
        "equivalentProperty": "prov:wasDerivedFrom",
    },
}
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
# Wikidata: what kind of activity it was.
_ACTIVITY = {
    "blend": "https://www.wikidata.org/wiki/Q1172378",
    "curation": "https://www.wikidata.org/wiki/Q3306762",
}


def render(facts: Facts, about: About, old: dict[str, Any] | None = None) -> dict[str, Any]:
    """The document.

    Args:
        facts: What the folder says of itself.
        about: What its maker says.
        old: A document of somebody else's about the same set, such as the Hub's own: it is kept, and what it does not say is added.
    """
    if old is None:
        return {
            "@context": CONTEXT,
            "@type": "sc:Dataset",
            **_described(facts, about),
            **_said(facts, about),
            **_laid_out(facts),
        }
    said = _said(facts, about)
    made = {
        key: [*_list(old.get(key)), *said.pop(key)] for key in ("prov:wasDerivedFrom", "prov:wasGeneratedBy")
    }
    conforms = _list(old.get("conformsTo")) or [CROISSANT]
    context = old.get("@context")
    return {
        **{key: value for key, value in (_described(facts, about) | said).items() if key not in old},
        **old,
        **made,
        # Whether models wrote any of it is known here, and to nobody else.
        **{key: said[key] for key in ("rai:hasSyntheticData",) if key in said},
        "@context": {**CONTEXT, **context} if isinstance(context, dict) else [*_list(context), CONTEXT],
        "conformsTo": [*conforms, *([] if RAI in conforms else [RAI])],
    }


def _list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list) else [] if value is None else [value]


def _described(facts: Facts, about: About) -> dict[str, Any]:
    texts = about.texts
    found: dict[str, Any] = {
        "name": texts.get("name", facts.name),
        "conformsTo": [CROISSANT, RAI],
    }
    license_ = license_of(facts, about)
    several = list(facts.licenses) if license_ is None and facts.licenses else None
    known = {
        "version": texts.get("version"),
        "description": texts.get("description"),
        "license": license_ if license_ is not None else several,
        "url": texts.get("url"),
        "citeAs": texts.get("cite_as"),
        "datePublished": texts.get("date_published"),
        "inLanguage": list(about.language) or None,
    }
    found |= {key: value for key, value in known.items() if value is not None}
    if "creator" in texts:
        found["creator"] = {"@type": "sc:Organization", "name": texts["creator"]}
    return found


def _said(facts: Facts, about: About) -> dict[str, Any]:
    """Responsible AI and provenance."""
    found: dict[str, Any] = {f"rai:{name}": text for name, text in about.rai.items()}
    if facts.synthetic is not None:
        found["rai:hasSyntheticData"] = facts.synthetic
    if facts.judges:
        found["rai:machineAnnotationTools"] = list(facts.judges)
    found["prov:wasDerivedFrom"] = _entities(facts)
    found["prov:wasGeneratedBy"] = _activities(facts)
    return found


def _entities(facts: Facts) -> list[dict[str, Any]]:
    manifest = facts.manifest
    given = manifest.get("sources") or [entry for entry in (manifest.get("input"),) if entry]
    found = {entry["digest"]: str(entry["name"]) for entry in given}
    anchor = manifest.get("anchor") or manifest.get("reality")
    if anchor and anchor.get("digest"):
        found.setdefault(anchor["digest"], f"anchor {anchor['name']}")
    return [
        {"@id": f"urn:{digest}", "@type": "prov:Entity", "prov:label": label}
        for digest, label in found.items()
    ]


def _activities(facts: Facts) -> list[dict[str, Any]]:
    hashed = facts.data_hash.removeprefix("sha256:")
    own = {
        "@id": f"urn:holdfast:{facts.kind}:{hashed}",
        "@type": "prov:Activity",
        "prov:type": {"@id": _ACTIVITY[facts.kind]},
        "prov:label": facts.kind,
        "prov:wasAssociatedWith": {
            "@type": "prov:SoftwareAgent",
            "prov:label": f"holdfast {facts.manifest['holdfast_version']}",
        },
    }
    writers = [
        {
            "@id": f"urn:holdfast:writing:{hashed}:{quote(agent, safe='')}",
            "@type": "prov:Activity",
            "prov:label": f"{rows} rows were written",
            "prov:wasAssociatedWith": {"@type": "prov:Agent", "prov:label": agent},
        }
        for agent, rows in facts.agents.items()
    ]
    return [own, *writers]


def _laid_out(facts: Facts) -> dict[str, Any]:
    rows, lineage = _object("rows", facts.data), _object("lineage-file", facts.lineage)
    records = [
        _column(name, column)
        for name, column in facts.columns.items()
        if column.type != "nested" and (column.type != "object" or any(map(_PLAIN.fullmatch, column.members)))
    ]
    known = [
        _field("lineage", "lineage-file", name, _LINEAGE.get(name, {"dataType": "sc:Text"}))
        for name in facts.lineage_columns
    ]
    for field in known:
        if field["name"] == "id" and facts.keyed:
            field["references"] = {"field": {"@id": "records/id"}}
    sets = [("records", records), ("lineage", known)]
    return {
        "distribution": [rows, lineage],
        "recordSet": [
            {
                "@type": "cr:RecordSet",
                "@id": name,
                "name": name,
                **({"key": {"@id": f"{name}/id"}} if name == "lineage" or facts.keyed else {}),
                "field": fields,
            }
            for name, fields in sets
        ],
    }


def _column(name: str, column: Column) -> dict[str, Any]:
    array = {"isArray": True, "arrayShape": "-1"} if column.array else {}
    if column.type != "object":
        return _field("records", "rows", name, {"dataType": _TYPES.get(column.type, "sc:Text"), **array})
    found = _field("records", "rows", name, array)
    # The source of an object is the one of its members, each by its path.
    source = found.pop("source")
    # Readers know lists of objects by an older word, too.
    found |= {"repeated": True} if column.array else {}
    found["subField"] = [
        {
            "@type": "cr:Field",
            "@id": f"{found['@id']}/{quote(key, safe='')}",
            "name": key,
            "dataType": _TYPES.get(kind, "sc:Text"),
            "source": {**source, "transform": {"jsonPath": key}},
        }
        for key, kind in column.members.items()
        if _PLAIN.fullmatch(key)
    ]
    return found


def _object(name: str, file: File) -> dict[str, Any]:
    return {
        "@type": "cr:FileObject",
        "@id": name,
        "name": file.path,
        "contentUrl": file.path,
        "contentSize": f"{file.bytes} B",
        "encodingFormat": _FORMATS[file.path.rsplit(".", 1)[1]],
        "sha256": file.sha256,
    }


def _field(of: str, file: str, name: str, more: dict[str, Any]) -> dict[str, Any]:
    return {
        "@type": "cr:Field",
        "@id": f"{of}/{quote(name, safe='')}",
        "name": name,
        **more,
        "source": {"fileObject": {"@id": file}, "extract": {"column": name}},
    }

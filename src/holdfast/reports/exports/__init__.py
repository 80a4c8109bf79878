"""Exports: what is known of a folder, in the words of others (dataset cards, Croissant, OpenLineage)."""

from holdfast.reports.exports.export import FORMATS, Export, Format, export

__all__ = ["FORMATS", "Export", "Format", "export"]

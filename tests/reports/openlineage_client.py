"""Events of OpenLineage, read by its own client: unknown, missing and wrong members are errors."""

import enum
import types
import typing

import attr


def client(name):
    from importlib import import_module

    return import_module(f"openlineage.client.{name}")


FACETS = {
    "test": ("test_run", "TestRunFacet"),
    "jobType": ("job_type_job", "JobTypeJobFacet"),
    "version": ("dataset_version_dataset", "DatasetVersionDatasetFacet"),
    "schema": ("schema_dataset", "SchemaDatasetFacet"),
    "tags": ("tags_dataset", "TagsDatasetFacet"),
    "inputStatistics": ("input_statistics_input_dataset", "InputStatisticsInputDatasetFacet"),
    "outputStatistics": ("output_statistics_output_dataset", "OutputStatisticsOutputDatasetFacet"),
    "parent": ("parent_run", "ParentRunFacet"),
    "errorMessage": ("error_message_run", "ErrorMessageRunFacet"),
    "executionParameters": ("execution_parameters_run", "ExecutionParametersRunFacet"),
    "datasetType": ("dataset_type_dataset", "DatasetTypeDatasetFacet"),
    "processing_engine": ("processing_engine_run", "ProcessingEngineRunFacet"),
}


def decoded(kind, value):
    """A value as a class of the OpenLineage client: unknown, missing and wrong members are errors."""
    if kind is typing.Any:
        return value
    if typing.get_origin(kind) in (types.UnionType, typing.Union):
        if value is None:
            assert type(None) in typing.get_args(kind)
            return None
        (kind,) = [part for part in typing.get_args(kind) if part is not type(None)]
    if typing.get_origin(kind) is list:
        assert isinstance(value, list)
        return [decoded(typing.get_args(kind)[0], member) for member in value]
    if typing.get_origin(kind) is dict:
        assert isinstance(value, dict)
        return {key: facet(key, member) for key, member in value.items()}
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return kind(value)
    if attr.has(kind):
        assert isinstance(value, dict)
        hints = typing.get_type_hints(kind)
        known = {field.name for field in attr.fields(kind) if field.init}
        own = {
            key: member
            for key, member in value.items()
            if key not in ("_producer", "_schemaURL", "schemaURL")
        }
        assert set(own) <= known, set(own) - known
        return kind(**{key: decoded(hints[key], member) for key, member in own.items()})
    assert isinstance(value, kind) or (kind is float and isinstance(value, int))
    return value


def facet(name, value):
    if name in FACETS:
        module, title = FACETS[name]
        kind = getattr(client(f"generated.{module}"), title)
        assert value["_schemaURL"] == kind._get_schema()
        assert value["_producer"].startswith("urn:holdfast:")
        return decoded(kind, value)
    if isinstance(value, dict) and "_schemaURL" in value:
        assert name == "holdfast_mixture", f"no facet of OpenLineage is called {name}"
    return value

"""Brand: a model's outputs held against texts that people wrote and approved."""

from holdfast.audits.brand.auditing import audit_brand
from holdfast.audits.brand.result import BrandAudit

__all__ = ["BrandAudit", "audit_brand"]

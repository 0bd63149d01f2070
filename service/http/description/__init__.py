"""The description of the whole interface as an OpenAPI document, made from routes and schemas."""

from service.http.description.document import describe
from service.http.description.fields import Described

__all__ = ["Described", "describe"]

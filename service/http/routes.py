"""All routes come together here: naming a module makes its routes known to their family."""

from service.http.pipedrive import v1, v2
from service.http.problem_details import ledger
from service.http.v1 import leads
from service.http.v2 import conversions

RESOURCES = (leads, conversions)
FAMILIES = (v1, v2, ledger)

"""All routes come together here: naming a module makes its routes known to their family."""

from service.http.pipedrive import v1, v2
from service.http.problem_details import ledger
from service.http.v1 import lead_search as v1_lead_search
from service.http.v1 import leads
from service.http.v2 import conversions, deals, organizations, persons
from service.http.v2 import lead_search as v2_lead_search

RESOURCES = (leads, v1_lead_search, v2_lead_search, conversions, deals, organizations, persons)
FAMILIES = (v1, v2, ledger)

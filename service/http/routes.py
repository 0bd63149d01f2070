"""Imports every module that declares routes, so that each family knows all of its own."""

from service.http import metrics
from service.http.ledger import (
    accesses,
    arranging,
    audit,
    batch,
    board,
    bridge,
    checkpoints,
    commands,
    diff,
    dry_run,
    event_stream,
    events,
    following,
    health,
    inbox,
    insights,
    key_renewal,
    openapi,
    opportunities,
    personal_data,
    policy,
    readiness,
    signals,
    suggested_reversals,
    timeline,
    tokens,
)
from service.http.ledger import arrivals as ledger_arrivals
from service.http.ledger import conversions as ledger_conversions
from service.http.ledger import deals as ledger_deals
from service.http.ledger import lead_sources as ledger_lead_sources
from service.http.ledger import users as ledger_users
from service.http.pipedrive import v1, v2
from service.http.problem_details import ledger, root
from service.http.v1 import activity_types, currencies, lead_labels, lead_sources, leads, notes, users
from service.http.v1 import lead_search as v1_lead_search
from service.http.v2 import activities, conversions, deals, organizations, persons, pipelines, stages
from service.http.v2 import lead_search as v2_lead_search

# isort: split
# These are made of version 2's resources, and described behind all others of version 1.
from service.http.v1_forms import activities as v1_activities
from service.http.v1_forms import deal_details, linked_lists
from service.http.v1_forms import deals as v1_deals
from service.http.v1_forms import organizations as v1_organizations
from service.http.v1_forms import persons as v1_persons
from service.http.v1_forms import pipelines as v1_pipelines
from service.http.v1_forms import stages as v1_stages

RESOURCES = (
    leads,
    v1_lead_search,
    v2_lead_search,
    conversions,
    deals,
    organizations,
    persons,
    notes,
    activities,
    activity_types,
    lead_labels,
    lead_sources,
    ledger_lead_sources,
    users,
    currencies,
    pipelines,
    stages,
    v1_pipelines,
    v1_deals,
    deal_details,
    v1_persons,
    v1_organizations,
    v1_activities,
    linked_lists,
    v1_stages,
    inbox,
    board,
    arranging,
    ledger_deals,
    bridge,
    timeline,
    following,
    diff,
    opportunities,
    ledger_conversions,
    ledger_arrivals,
    batch,
    signals,
    policy,
    readiness,
    dry_run,
    insights,
    suggested_reversals,
    audit,
    checkpoints,
    key_renewal,
    accesses,
    personal_data,
    commands,
    ledger_users,
    tokens,
    events,
    event_stream,
    openapi,
    health,
    metrics,
)
FAMILIES = (v1, v2, ledger, root)

// A lead comes in, is looked after, becomes a deal, comes back and becomes the same deal again.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { api, completed, data, ids, refusal } from './api.mjs';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

const convert = async (id, wishes = {}) => {
  const request = { id, ConvertLeadToDealRequest: wishes };
  const { conversion_id } = await data(api.leadsV2.convertLeadToDeal(request));
  return completed(() => api.leadsV2.getLeadConversionStatus({ id, conversion_id }));
};

const revert = async (id) => {
  const { conversion_id } = await data(api.deals.convertDealToLead({ id }));
  return completed(() => api.deals.getDealConversionStatus({ id, conversion_id }));
};

const updateLead = (id, changes) => data(api.leads.updateLead({ id, UpdateLeadRequest: changes }));
const updateDeal = (id, changes) => data(api.deals.updateDeal({ id, UpdateDealRequest: changes }));

test('the whole life of a lead', async (t) => {
  const label = await data(api.labels.addLeadLabel({ AddLeadLabelRequest: { name: 'Urgent', color: 'red' } }));
  const organization = await data(
    api.organizations.addOrganization({ AddOrganizationRequest: { name: 'Bergen Rør AS' } }),
  );
  const person = await data(
    api.persons.addPerson({
      AddPersonRequest: {
        name: 'Kari Nordmann',
        org_id: organization.id,
        emails: [{ value: 'kari@example.no', primary: true, label: 'work' }],
        phones: [{ value: '+47 55 00 00 00' }],
      },
    }),
  );
  const other = await data(api.leads.addLead({ AddLeadRequest: { title: 'Something else', person_id: person.id } }));
  const wishes = {
    title: 'Boiler for Åsgård',
    person_id: person.id,
    organization_id: organization.id,
    value: { amount: 3000.5, currency: 'EUR' },
    expected_close_date: '2026-12-31',
  };
  const lead = await data(api.leads.addLead({ AddLeadRequest: wishes }));

  await t.test('it comes in as it was sent', () => {
    assert.match(lead.id, UUID);
    for (const [name, value] of Object.entries(wishes)) assert.deepEqual(lead[name], value, name);
    assert.equal(lead.was_seen, false);
    assert.equal(lead.is_archived, false);
    assert.deepEqual(lead.label_ids, []);
  });

  await t.test('it is listed, page by page', async () => {
    const page = await api.leads.getLeads({ limit: 1, sort: 'add_time DESC' });
    assert.deepEqual(ids(page.data), [lead.id]);
    const { more_items_in_collection, next_start } = page.additional_data.pagination;
    assert.equal(more_items_in_collection, true);
    const next = await api.leads.getLeads({ limit: 1, start: next_start, sort: 'add_time DESC' });
    assert.deepEqual(ids(next.data), [other.id]);
    assert.equal(next.additional_data.pagination.more_items_in_collection, false);
    assert.deepEqual(ids(await data(api.leads.getLeads({ organization_id: organization.id }))), [lead.id]);
  });

  await t.test('it is labelled and noted as seen', async () => {
    assert.deepEqual((await updateLead(lead.id, { label_ids: [label.id] })).label_ids, [label.id]);
    assert.equal((await updateLead(lead.id, { was_seen: true })).was_seen, true);
    const known = await data(api.leads.getLead({ id: lead.id }));
    assert.deepEqual([known.label_ids, known.was_seen, known.title], [[label.id], true, lead.title]);
    assert.deepEqual(await data(api.leads.getLeadUsers({ id: lead.id })), [lead.owner_id]);
  });

  await t.test('it is archived and fetched back', async () => {
    assert.equal((await updateLead(lead.id, { is_archived: true })).is_archived, true);
    assert.deepEqual(ids(await data(api.leads.getLeads({}))), [other.id]);
    assert.deepEqual(ids(await data(api.leads.getArchivedLeads({}))), [lead.id]);
    assert.equal((await updateLead(lead.id, { is_archived: false })).is_archived, false);
    assert.deepEqual(ids(await data(api.leads.getLeads({}))), [other.id, lead.id]);
  });

  await t.test('it is found by both searches', async () => {
    for (const searched of [api.leads, api.leadsV2]) {
      const { items } = await data(searched.searchLeads({ term: 'boiler', include_fields: 'lead.was_seen' }));
      assert.equal(items.length, 1);
      const { item } = items[0];
      assert.deepEqual([item.id, item.type, item.value, item.currency], [lead.id, 'lead', 3000.5, 'EUR']);
      assert.deepEqual(item.person, { id: person.id, name: 'Kari Nordmann' });
      assert.equal(item.was_seen, true);
    }
  });

  const { deal_id: dealId } = await convert(lead.id);

  await t.test('it becomes a deal that knows what the lead knew', async () => {
    const deal = await data(api.deals.getDeal({ id: dealId, include_fields: 'source_lead_id' }));
    assert.deepEqual(
      [deal.title, deal.value, deal.currency, deal.person_id, deal.org_id, deal.expected_close_date],
      [lead.title, 3000.5, 'EUR', person.id, organization.id, '2026-12-31'],
    );
    assert.deepEqual([deal.status, deal.stage_id, deal.source_lead_id], ['open', 1, lead.id]);
    assert.deepEqual(ids(await data(api.leads.getLeads({}))), [other.id]);
    assert.equal((await refusal(api.leads.getLead({ id: lead.id }))).error, 'requested lead not found');
    assert.equal((await refusal(convert(lead.id))).error, 'Entity was not found');
  });

  await t.test('the deal moves on and is won', async () => {
    const stages = await data(api.stages.getStages({ pipeline_id: 1 }));
    const meeting = stages.find((stage) => stage.name === 'Meeting');
    assert.equal((await updateDeal(dealId, { stage_id: meeting.id })).stage_id, meeting.id);
    const won = await updateDeal(dealId, { status: 'won' });
    assert.equal(won.status, 'won');
    assert.match(won.won_time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    assert.deepEqual(ids(await data(api.deals.getDeals({ status: 'won', ids: `${dealId},999` }))), [dealId]);
    assert.deepEqual(await data(api.deals.getDeals({ status: 'open' })), []);
  });

  await t.test('the deal comes back as the same lead', async () => {
    const { lead_id: leadId } = await revert(dealId);
    assert.equal(leadId, lead.id);
    const back = await data(api.leads.getLead({ id: leadId }));
    assert.deepEqual([back.title, back.value, back.label_ids], [lead.title, wishes.value, [label.id]]);
    assert.equal(back.source_deal_id, dealId);
    assert.equal((await data(api.deals.getDeal({ id: dealId }))).is_deleted, true);
    assert.deepEqual(await data(api.deals.getDeals({})), []);
  });

  await t.test('and becomes the same deal again, where it is wanted', async () => {
    const again = await convert(lead.id, { stage_id: 4 });
    assert.equal(again.deal_id, dealId);
    const deal = await data(api.deals.getDeal({ id: dealId }));
    assert.deepEqual([deal.status, deal.stage_id, deal.is_deleted, deal.won_time], ['open', 4, false, null]);
    const lost = await updateDeal(dealId, { status: 'lost', lost_reason: 'price' });
    assert.deepEqual([lost.status, lost.lost_reason], ['lost', 'price']);
  });

  await t.test('what nobody wants is thrown away', async () => {
    assert.deepEqual(await data(api.leads.deleteLead({ id: other.id })), { id: other.id });
    assert.deepEqual(await data(api.leads.getLeads({})), []);
    assert.deepEqual(await data(api.labels.deleteLeadLabel({ id: label.id })), { id: label.id });
  });
});

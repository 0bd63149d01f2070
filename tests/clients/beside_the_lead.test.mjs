// What tools ask for beside leads and deals, and what they are told when they ask for the wrong thing.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import v1 from 'pipedrive/v1';
import v2 from 'pipedrive/v2';
import { api, configured, data, ids, refusal } from './api.mjs';

const NOBODY = '11111111-2222-4333-8444-555555555555';

test('the check of the connection tells who one is', async () => {
  const me = await data(api.users.getCurrentUser());
  assert.equal(me.is_you, true);
  assert.ok(me.company_name);
  assert.deepEqual(ids(await data(api.users.getUsers())), [me.id]);
  assert.equal((await data(api.users.getUser({ id: me.id }))).name, me.name);
});

test('a token lets in as Bearer, too', async () => {
  const [bearer] = configured({ accessToken: process.env.LEADLEDGER_TOKEN });
  assert.equal((await data(new v1.UsersApi(bearer).getCurrentUser())).is_you, true);
});

test('a pipeline has its stages in order', async () => {
  const [pipeline] = await data(api.pipelines.getPipelines({}));
  assert.equal(pipeline.order_nr, 1);
  const stages = await data(api.stages.getStages({ pipeline_id: pipeline.id, sort_by: 'order_nr' }));
  assert.deepEqual(
    stages.map((stage) => stage.name),
    ['First email sent', 'Reply received', 'Meeting', 'Offer made', 'Negotiation'],
  );
  const added = await data(api.stages.addStage({ AddStageRequest: { name: 'Signed', pipeline_id: pipeline.id } }));
  assert.equal(added.order_nr, 6);
  assert.equal((await data(api.stages.deleteStage({ id: added.id }))).id, added.id);
});

test('currencies, lead sources and lead labels are known', async () => {
  const [krone] = await data(api.currencies.getCurrencies({ term: 'NOK' }));
  assert.deepEqual([krone.code, krone.decimal_points], ['NOK', 2]);
  assert.ok((await data(api.sources.getLeadSources())).some((source) => source.name === 'API'));
  const labels = (await data(api.labels.getLeadLabels())).map((label) => `${label.name} ${label.color}`);
  assert.deepEqual(labels.slice(0, 3), ['Hot red', 'Warm yellow', 'Cold blue']);
});

test('lists go on where their cursor says', async () => {
  const added = [];
  for (const name of ['Kari', 'Ola', 'Åse']) {
    added.push(await data(api.persons.addPerson({ AddPersonRequest: { name } })));
  }
  const names = [];
  let cursor;
  do {
    const page = await api.persons.getPersons({ ids: ids(added).join(','), limit: 2, cursor });
    names.push(...page.data.map((person) => person.name));
    cursor = page.additional_data.next_cursor;
  } while (cursor);
  assert.deepEqual(names, ['Kari', 'Ola', 'Åse']);
  const { items } = await data(api.persons.searchPersons({ term: 'åse' }));
  assert.deepEqual(items.map(({ item }) => item.name), ['Åse']);
});

test('what is not there is refused with the words the wire has for it', async () => {
  assert.deepEqual(await refusal(api.leads.getLead({ id: NOBODY })), {
    success: false,
    error: 'requested lead not found',
    error_info: 'Object was not found.',
    data: null,
    additional_data: null,
  });
  const unknown = [
    () => api.leads.deleteLead({ id: NOBODY }),
    () => api.leadsV2.convertLeadToDeal({ id: NOBODY }),
    () => api.leadsV2.getLeadConversionStatus({ id: NOBODY, conversion_id: NOBODY }),
    () => api.deals.convertDealToLead({ id: 999 }),
    () => api.deals.getDeal({ id: 999 }),
    () => api.persons.getPerson({ id: 999 }),
  ];
  for (const ask of unknown) assert.equal((await refusal(ask())).error_info, 'Object was not found.');
});

test('what is wrong is refused with the reason', async () => {
  const untitled = await refusal(api.leads.addLead({ AddLeadRequest: { person_id: 1 } }));
  assert.match(untitled.error, /title/);
  assert.match((await refusal(api.leads.addLead({ AddLeadRequest: { title: 'Nobody’s' } }))).error, /person/);
  const invalid = await refusal(api.deals.addDeal({ AddDealRequest: { title: 'x', stage_id: 'first' } }));
  assert.equal(invalid.code, 'ERR_SCHEMA_VALIDATION_FAILED');
  assert.match(invalid.error, /^Validation failed: .*stage_id/);
  await refusal(api.deals.addDeal({ AddDealRequest: { title: 'x', no_such_key: 1 } }));
  await refusal(api.deals.getDeals({ limit: 501 }));
  await refusal(api.deals.getDeals({ cursor: 'x' }));
});

test('whoever has no token is told so, by both versions', async () => {
  const [first, second] = configured({ apiKey: 'wrong' });
  for (const ask of [() => new v1.LeadsApi(first).getLeads({}), () => new v2.DealsApi(second).getDeals({})]) {
    const { error, errorCode } = await refusal(ask());
    assert.deepEqual([error, errorCode], ['unauthorized access', 401]);
  }
});

// The official client's classes flow out of here, pointed at the service under test.

import assert from 'node:assert/strict';
import v1 from 'pipedrive/v1';
import v2 from 'pipedrive/v2';

const { LEADLEDGER_ADDRESS: address, LEADLEDGER_TOKEN: apiKey } = process.env;

export const configured = (token = { apiKey }) => [
  new v1.Configuration({ ...token, basePath: `${address}/v1` }),
  new v2.Configuration({ ...token, basePath: `${address}/api/v2` }),
];

const [first, second] = configured();

export const api = {
  leads: new v1.LeadsApi(first),
  leadsV2: new v2.LeadsApi(second),
  labels: new v1.LeadLabelsApi(first),
  sources: new v1.LeadSourcesApi(first),
  users: new v1.UsersApi(first),
  currencies: new v1.CurrenciesApi(first),
  deals: new v2.DealsApi(second),
  persons: new v2.PersonsApi(second),
  organizations: new v2.OrganizationsApi(second),
  pipelines: new v2.PipelinesApi(second),
  stages: new v2.StagesApi(second),
};

// The data of an answer that must be a success.
export async function data(promise) {
  const answer = await promise;
  assert.equal(answer.success, true);
  return answer.data;
}

// The body that the client rejects its promise with: the service's own words, not an Error.
export async function refusal(promise) {
  const body = await promise.then(
    (answer) => assert.fail(`answered: ${JSON.stringify(answer)}`),
    (reason) => reason,
  );
  assert.ok(!(body instanceof Error), `an Error: ${body}`);
  assert.equal(body.success, false);
  assert.ok(body.error.length > 0);
  return body;
}

// Asks for a conversion's status as tools do, until it is completed.
export async function completed(ask) {
  for (let attempt = 0; attempt < 10; attempt += 1) {
    const status = await data(ask());
    if (status.status === 'completed') return status;
    assert.ok(['not_started', 'running'].includes(status.status), status.status);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return assert.fail('the conversion is never completed');
}

export const ids = (things) => things.map((thing) => thing.id);

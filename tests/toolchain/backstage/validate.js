// Tells what Backstage's own catalog model makes of entities. Reads {documents: {name: YAML}, entities: [entity]} and
// writes {documents: {name: error or null}, entities: [error or null]}.
const model = require('@backstage/catalog-model');
const { parseAllDocuments } = require('yaml');

// What the catalog itself asks of every entity.
const policy = model.EntityPolicies.allOf([
  new model.SchemaValidEntityPolicy(),
  new model.DefaultNamespaceEntityPolicy(),
  new model.NoForeignRootFieldsEntityPolicy(['apiVersion', 'kind', 'metadata', 'spec', 'status', 'relations']),
  new model.FieldFormatEntityPolicy(),
]);
const kinds = [
  model.componentEntityV1alpha1Validator, model.resourceEntityV1alpha1Validator, model.systemEntityV1alpha1Validator,
  model.locationEntityV1alpha1Validator,
];

const references = { owner: 'Group', system: 'System', dependsOn: undefined, dependencyOf: undefined };

async function validate(entity) {
  const valid = await policy.enforce(entity);
  const known = await Promise.all(kinds.map(kind => kind.check(valid)));
  if (!known.some(Boolean)) {
    throw new Error(`no kind ${entity.kind}`);
  }
  for (const [field, defaultKind] of Object.entries(references)) {
    for (const reference of [entity.spec?.[field] ?? []].flat()) {
      model.parseEntityRef(reference, { defaultKind, defaultNamespace: valid.metadata.namespace });
    }
  }
}

const verdict = promise => promise.then(() => null, error => error.message);

async function validateAll(text) {
  const documents = parseAllDocuments(text);
  for (const document of documents) {
    if (document.errors.length > 0) {
      throw document.errors[0];
    }
    await validate(document.toJS());
  }
  if (documents.length === 0) {
    throw new Error('there is no document');
  }
}

async function main() {
  const chunks = [];
  for await (const chunk of process.stdin) {
    chunks.push(chunk);
  }
  const asked = JSON.parse(Buffer.concat(chunks).toString());
  const answer = { documents: {}, entities: [] };
  for (const [name, text] of Object.entries(asked.documents ?? {})) {
    answer.documents[name] = await verdict(validateAll(text));
  }
  for (const entity of asked.entities ?? []) {
    answer.entities.push(await verdict(validate(entity)));
  }
  process.stdout.write(JSON.stringify(answer));
}

main();

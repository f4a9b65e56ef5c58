// The back end of Backstage with what the tests need: catalog, scaffolder and Kubernetes. It ends with its standard
// input, so that it cannot outlive the test that started it.
const { createBackend } = require('@backstage/backend-defaults');

const backend = createBackend();
for (const plugin of [
  import('@backstage/plugin-auth-backend'),
  import('@backstage/plugin-catalog-backend'),
  import('@backstage/plugin-catalog-backend-module-aws'),
  import('@backstage/plugin-catalog-backend-module-scaffolder-entity-model'),
  import('@backstage/plugin-kubernetes-backend'),
  import('@backstage/plugin-scaffolder-backend'),
  import('@backstage/plugin-scaffolder-backend-module-github'),
  import('@pulumi/backstage-scaffolder-backend-pulumi'),
]) {
  backend.add(plugin);
}
process.stdin.on('close', () => process.exit(0)).resume();
backend.start().catch(error => {
  console.error(error);
  process.exit(1);
});

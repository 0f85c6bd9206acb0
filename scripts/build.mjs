// `npm run build`: compiles CAVE and bundles its web client, as far as something changed.
import { build, buildClient } from './lib/ready.mjs';

build();
buildClient();

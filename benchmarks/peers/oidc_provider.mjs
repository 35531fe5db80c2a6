// oidc-provider with everything in memory, as `node oidc_provider.mjs FOLDER PORT`; FOLDER holds node_modules.
//
// POST /seed?what=refresh_token|code&count=N answers with N refresh tokens or authorization codes, one a line.
import { createHash, generateKeyPairSync } from 'node:crypto';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [folder, port] = process.argv.slice(2);
const { default: Provider } = await import(pathToFileURL(join(folder, 'node_modules/oidc-provider/lib/index.js')).href);

const SECRET = process.env.BENCH_SECRET;
const VERIFIER = process.env.BENCH_VERIFIER;
const REDIRECT = process.env.BENCH_REDIRECT;

// Without a limit: the library's own store forgets after a thousand entries.
const kept = new Map();
class Memory {
  constructor(kind) { this.kind = kind; }
  async upsert(id, payload) { kept.set(this.kind + id, { ...payload }); }
  async find(id) { return kept.get(this.kind + id); }
  async consume(id) { kept.get(this.kind + id).consumed = Math.floor(Date.now() / 1000); }
  async destroy(id) { kept.delete(this.kind + id); }
  async findByUid() {}
  async findByUserCode() {}
  async revokeByGrantId() {}
}

const signing = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' });
const provider = new Provider(`http://127.0.0.1:${port}`, {
  adapter: Memory,
  clients: [{
    client_id: 'bench-client', client_secret: SECRET, token_endpoint_auth_method: 'client_secret_post',
    grant_types: ['authorization_code', 'client_credentials', 'refresh_token'], response_types: ['code'],
    redirect_uris: [REDIRECT], id_token_signed_response_alg: 'ES256',
  }],
  jwks: { keys: [{ ...signing, use: 'sig', alg: 'ES256', kid: 'bench' }] },
  cookies: { keys: ['of no use here'] },
  scopes: ['openid', 'offline_access', 'read', 'write'],
  rotateRefreshToken: true,
  ttl: { AccessToken: 3600, AuthorizationCode: 3600, ClientCredentials: 3600, Grant: 86400, RefreshToken: 86400 },
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  features: {
    clientCredentials: { enabled: true },
    devInteractions: { enabled: false },
    introspection: { enabled: true, allowedPolicy: () => true },
    // A request with a `resource` gets a JWT, one without an opaque token.
    resourceIndicators: {
      enabled: true,
      defaultResource: () => undefined,
      useGrantedResource: () => false,
      getResourceServerInfo: (_, resource) => ({
        audience: resource, scope: 'read write', accessTokenFormat: 'jwt', accessTokenTTL: 3600, jwt: { sign: { alg: 'ES256' } },
      }),
    },
  },
});
provider.on('server_error', (_, error) => console.error(error));

async function seed(what, number) {
  const client = await provider.Client.find('bench-client');
  const accountId = `user-${number}`;
  const grant = new provider.Grant({ clientId: client.clientId, accountId });
  grant.addOIDCScope('offline_access read write');
  const common = { client, accountId, grantId: await grant.save(), scope: 'offline_access read write', gty: 'authorization_code' };
  if (what === 'refresh_token') return new provider.RefreshToken(common).save();
  const challenge = createHash('sha256').update(VERIFIER).digest('base64url');
  return new provider.AuthorizationCode({
    ...common, redirectUri: REDIRECT, codeChallenge: challenge, codeChallengeMethod: 'S256',
  }).save();
}

provider.use(async (context, next) => {
  if (context.path !== '/seed') return next();
  const made = [];
  for (let number = 0; number < Number(context.query.count); number += 1) made.push(await seed(context.query.what, number));
  context.body = made.join('\n');
});
provider.listen(Number(port), '127.0.0.1');

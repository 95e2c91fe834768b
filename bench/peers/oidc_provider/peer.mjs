// node-oidc-provider, everything in memory. Arguments: the signing algorithm.
// The provider listens on one free port; the other one hands out codes and tokens for the load.
import { createHash, randomBytes, generateKeyPairSync } from 'node:crypto'
import { createServer } from 'node:http'
import Provider from 'oidc-provider'

const alg = process.argv[2]
const RESOURCE = 'https://api.example/notes'
const [CLIENT, SECRET, REDIRECT] = ['app', 's'.repeat(43), 'https://app.example/cb']
const VERIFIER = 'v'.repeat(43)
const seconds = () => Math.floor(Date.now() / 1000)

// The fastest store there can be: a Map, and nothing is ever written anywhere.
class InMemory {
  static rows = new Map()
  static grants = new Map()
  constructor(name) { this.name = name }
  key(id) { return `${this.name}:${id}` }
  async upsert(id, payload) {
    InMemory.rows.set(this.key(id), payload)
    if (payload.grantId) {
      const of = InMemory.grants.get(payload.grantId)
      if (of) of.push(this.key(id))
      else InMemory.grants.set(payload.grantId, [this.key(id)])
    }
  }
  async find(id) { return InMemory.rows.get(this.key(id)) }
  async findByUid() {}
  async findByUserCode() {}
  async consume(id) { InMemory.rows.get(this.key(id)).consumed = seconds() }
  async destroy(id) { InMemory.rows.delete(this.key(id)) }
  async revokeByGrantId(grantId) {
    for (const key of InMemory.grants.get(grantId) ?? []) InMemory.rows.delete(key)
    InMemory.grants.delete(grantId)
  }
}

function key(type, options, name) {
  const { privateKey } = generateKeyPairSync(type, options)
  return { ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: name, kid: name }
}

const server = createServer()
server.listen(0, '127.0.0.1', async () => {
  const port = server.address().port
  const provider = new Provider(`http://127.0.0.1:${port}`, {
    adapter: InMemory,
    clients: [{
      client_id: CLIENT,
      client_secret: SECRET,
      redirect_uris: [REDIRECT],
      grant_types: ['authorization_code', 'client_credentials', 'refresh_token'],
      id_token_signed_response_alg: alg,
    }],
    cookies: { keys: [randomBytes(32).toString('hex')] },
    jwks: { keys: [
      key('rsa', { modulusLength: 2048 }, 'RS256'),
      key('ec', { namedCurve: 'P-256' }, 'ES256'),
    ] },
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      introspection: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: (ctx) => ctx.oidc.route === 'userinfo' ? undefined : RESOURCE,
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({
          scope: 'notes:read',
          audience: RESOURCE,
          accessTokenFormat: 'jwt',
          accessTokenTTL: 300,
          jwt: { sign: { alg } },
        }),
      },
    },
    findAccount: (ctx, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
    issueRefreshToken: () => true,
    rotateRefreshToken: () => true,
    ttl: { AuthorizationCode: 600, Grant: 86400, RefreshToken: 86400, AccessToken: 300, IdToken: 300 },
  })
  server.on('request', provider.callback())

  async function granted() {
    const grant = new provider.Grant({ accountId: 'user_1', clientId: CLIENT })
    grant.addOIDCScope('openid')
    grant.addResourceScope(RESOURCE, 'notes:read')
    return grant.save()
  }
  async function code(client) {
    return new provider.AuthorizationCode({
      accountId: 'user_1', client, grantId: await granted(), redirectUri: REDIRECT,
      scope: 'openid notes:read', resource: RESOURCE, authTime: seconds(),
      codeChallenge: createHash('sha256').update(VERIFIER).digest('base64url'),
      codeChallengeMethod: 'S256',
    }).save()
  }
  async function accessToken(client) {
    const grantId = await granted()
    return new provider.AccessToken({ accountId: 'user_1', client, grantId, scope: 'openid' }).save()
  }
  const hand = createServer(async (request, response) => {
    const client = await provider.Client.find(CLIENT)
    const [, what, count] = request.url.split('/')
    const made = []
    for (let n = 0; n < Number(count); n++) {
      made.push(await (what === 'codes' ? code(client) : accessToken(client)))
    }
    response.end(JSON.stringify(made))
  })
  hand.listen(0, '127.0.0.1', () => console.log(`${port} ${hand.address().port}`))
})

// npm's openid-client as a program of its own. Arguments: issuer, client_id, secret or private JWK,
// redirect_uri, resource, method. It prints the link, reads the address of the answer, and prints
// what it got.
import { createInterface } from 'node:readline/promises'
import * as client from 'openid-client'

const [issuer, clientId, secret, redirectUri, resource, method] = process.argv.slice(2)
async function prove() {
  if (method === 'basic' || method === 'device') return client.ClientSecretBasic(secret)
  if (method === 'post') return client.ClientSecretPost(secret)
  const { alg, kid, ...jwk } = JSON.parse(secret)
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256' }
  const key = await crypto.subtle.importKey('jwk', jwk, algorithm, false, ['sign'])
  return client.PrivateKeyJwt({ key, kid })
}
const proof = await prove()
const options = { execute: [client.allowInsecureRequests] } // http, on loopback only
const config = await client.discovery(new URL(issuer), clientId, undefined, proof, options)

if (method === 'device') {
  const begun = await client.initiateDeviceAuthorization(config, { scope: 'openid notes:read' })
  console.log(`${begun.verification_uri} ${begun.user_code}`)
  const tokens = await client.pollDeviceAuthorizationGrant(config, begun)
  console.log(JSON.stringify({ claims: tokens.claims(), scope: tokens.scope }))
  process.exit(0)
}

const verifier = client.randomPKCECodeVerifier()
const expected = { state: client.randomState(), nonce: client.randomNonce() }
const link = client.buildAuthorizationUrl(config, {
  redirect_uri: redirectUri,
  scope: 'openid profile offline_access',
  max_age: '3600',
  code_challenge: await client.calculatePKCECodeChallenge(verifier),
  code_challenge_method: 'S256',
  ...expected,
})
console.log(link.href)

const answer = await createInterface({ input: process.stdin }).question('')
const tokens = await client.authorizationCodeGrant(config, new URL(answer), {
  pkceCodeVerifier: verifier,
  expectedState: expected.state,
  expectedNonce: expected.nonce,
  idTokenExpected: true,
  maxAge: 3600,
})
const claims = tokens.claims()
const info = await client.fetchUserInfo(config, tokens.access_token, claims.sub)
const fresh = await client.refreshTokenGrant(config, tokens.refresh_token)
const live = await client.tokenIntrospection(config, fresh.access_token)
await client.tokenRevocation(config, fresh.refresh_token)
const dead = await client.tokenIntrospection(config, fresh.access_token)
const own = await client.clientCredentialsGrant(config, { resource, scope: 'notes:read' })
console.log(JSON.stringify({ claims, info, live, dead, own }))
process.exit(0)

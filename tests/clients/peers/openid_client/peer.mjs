// npm's openid-client as a program of its own. Arguments: issuer, client_id, secret, redirect_uri,
// resource, method. It prints the link, reads the address of the answer, and prints what it got.
import { createInterface } from 'node:readline/promises'
import * as client from 'openid-client'

const [issuer, clientId, secret, redirectUri, resource, method] = process.argv.slice(2)
const proof = method === 'basic' ? client.ClientSecretBasic(secret) : client.ClientSecretPost(secret)
const options = { execute: [client.allowInsecureRequests] } // http, on loopback only
const config = await client.discovery(new URL(issuer), clientId, undefined, proof, options)
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

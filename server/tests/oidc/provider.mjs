// An OpenID Connect provider for the tests. It prints its address, and ends when its standard input does.
// `SPEC` is JSON: clients, accounts by login, and whether ID tokens hold all claims or leave them to the userinfo endpoint.
import { createServer } from 'node:http';
import Provider from 'oidc-provider';

const spec = JSON.parse(process.env.SPEC);
const server = createServer();
server.listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: spec.clients,
    conformIdTokenClaims: spec.lean,
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'], groups: ['groups'] },
    pkce: { required: () => true },
    findAccount: (_, id) =>
      id in spec.accounts && { accountId: id, claims: () => ({ sub: id, ...spec.accounts[id] }) },
    // Whoever signs in has agreed.
    loadExistingGrant: async (ctx) => {
      const grant = new ctx.oidc.provider.Grant({
        clientId: ctx.oidc.client.clientId,
        accountId: ctx.oidc.session.accountId,
      });
      grant.addOIDCScope('openid email profile groups');
      await grant.save();
      return grant;
    },
  });
  server.on('request', provider.callback());
  console.log(issuer);
});
process.stdin.on('end', () => process.exit()).resume();

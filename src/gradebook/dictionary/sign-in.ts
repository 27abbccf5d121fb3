/** Group "sign-in to the SIS" of the error dictionary. */
import type { Entries } from './entry.ts';

export const signIn = {
  AUTH_INVALID_CLIENT: {
    message: 'The SIS does not accept the key and secret[: {description}].',
    means: 'Nothing can be sent to this SIS; everything is kept.',
    fix: 'Enter key and secret again; check that they have not expired in the SIS.',
    fixBy: 'admin',
    retry: 'auto',
  },
  AUTH_TOKEN_ENDPOINT: {
    message: 'The sign-in address of the SIS does not answer as it should[: {description}].',
    means: 'Without signing in nothing can be sent; everything is kept.',
    fix: 'Check the token address in the SIS settings and test it.',
    fixBy: 'admin',
    retry: 'auto',
  },
  AUTH_TOKEN_REFUSED: {
    message: 'The SIS signed us in, but its gradebook does not accept the sign-in[: {description}].',
    means: 'Nothing can be sent to this SIS; everything is kept.',
    fix: 'Check the access token, or whether the SIS asks for an additional key (header).',
    fixBy: 'admin',
    retry: 'auto',
  },
  AUTH_SCOPE_MISSING: {
    message: 'The SIS does not let us do this[: {scope} is missing][: {description}].',
    means: 'The key lacks the permission to read or write the gradebook.',
    fix: 'Give the key the permissions for gradebook reading and writing in the SIS.',
    fixBy: 'admin',
    retry: 'auto',
  },
  AUTH_LICENSE: {
    message: 'The gradebook interface of the SIS is not switched on[: {description}].',
    means: 'The SIS answers, but it does not offer its gradebook to us.',
    fix: 'Have the OneRoster gradebook interface licensed and switched on in the SIS.',
    fixBy: 'admin',
    retry: 'auto',
  },
  AUTH_SECRET_EXPIRED: {
    message: 'The key or secret of the SIS has expired[: {description}].',
    means: 'Nothing can be sent to this SIS; everything is kept.',
    fix: 'Renew the secret in the SIS and enter it in the SIS settings.',
    fixBy: 'admin',
    retry: 'auto',
  },
  AUTH_VENDOR_HEADER: {
    message: 'The SIS wants an additional key[: {description}].',
    means: 'It signed us in, but its gradebook wants a key of its own with each request; everything is kept.',
    fix: 'Add the key of the SIS partner to the additional headers in the SIS settings.',
    fixBy: 'admin',
    retry: 'auto',
  },
  AUTH_UNAVAILABLE: {
    message: 'The sign-in of the SIS does not work at the moment[: {description}].',
    means:
      'Without signing in nothing can be sent; everything is kept and goes by itself when it works again.',
    fix: 'Nothing has to be done. If it lasts, tell the operator of the SIS.',
    fixBy: 'nobody',
    retry: 'auto',
  },
} satisfies Entries;

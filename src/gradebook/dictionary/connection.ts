/** Group "connection" of the error dictionary. */
import type { Entries } from './entry.ts';

export const connection = {
  CONN_URL: {
    message: 'There is no OneRoster gradebook at the address of the SIS.',
    means: 'Nothing can be sent to this SIS; everything is kept.',
    fix: 'Correct the address in the SIS settings and test it.',
    fixBy: 'admin',
    retry: 'auto',
  },
  CONN_NOT_ONEROSTER: {
    message: 'The SIS answers with a web page instead of data.',
    means: 'It is under maintenance, or the address leads to another program; everything is kept.',
    fix: 'If it lasts, check the address in the SIS settings.',
    fixBy: 'admin',
    retry: 'auto',
  },
  CONN_REDIRECT: {
    message: 'The address of the SIS leads on to another address.',
    means: 'Grades are not sent to an address that nobody entered.',
    fix: 'Enter the final address in the SIS settings and test it.',
    fixBy: 'admin',
    retry: 'auto',
  },
  CONN_DNS: {
    message: 'The name of the SIS server cannot be found.',
    means: 'Nothing can be sent to this SIS; everything is kept.',
    fix: 'Check the address in the SIS settings.',
    fixBy: 'admin',
    retry: 'auto',
  },
  CONN_REFUSED: {
    message: 'The SIS server takes no connections.',
    means: 'It is switched off, restarting, or closed to us; everything is kept.',
    fix: 'If it lasts, ask the operator of the SIS whether it is running and open to this service.',
    fixBy: 'sis',
    retry: 'auto',
  },
  CONN_TLS: {
    message: 'The certificate of the SIS server is not trusted.',
    means: 'Grades are not sent to a server that cannot prove who it is.',
    fix: 'Have the certificate renewed, or add the authority of the SIS to the settings.',
    fixBy: 'admin',
    retry: 'auto',
  },
  CONN_TIMEOUT: {
    message: 'The SIS did not answer in time.',
    means: 'Whether it stored the change is not certain; the same is sent again.',
    fix: 'Nothing has to be done. If it lasts, ask the operator of the SIS.',
    fixBy: 'nobody',
    retry: 'auto',
  },
  CONN_RESET: {
    message: 'The connection to the SIS broke off.',
    means: 'Whether it stored the change is not certain; the same is sent again.',
    fix: 'Nothing has to be done. If it lasts, ask the operator of the SIS.',
    fixBy: 'nobody',
    retry: 'auto',
  },
  CONN_BLOCKED_ADDRESS: {
    message: 'The address of the SIS lies in a private network that this service may not reach.',
    means: 'Nothing is sent to private addresses unless the operator has allowed them.',
    fix: 'Ask the operator of this service to allow the network of the SIS.',
    fixBy: 'vendor',
    retry: 'auto',
  },
  NO_CONNECTION: {
    message: 'No SIS is set up here.',
    means:
      'Neither this domain nor one above it has the settings of an SIS; scores are kept and go when the administrator has entered them.',
    fix: 'Ask the administrator to enter the SIS settings.',
    fixBy: 'admin',
    retry: 'auto',
  },
  CONNECTION_BROKEN: {
    message: 'The connection to the SIS does not work at the moment[: {because}]',
    means: 'Everything is kept and goes by itself when the connection works again.',
    fix: 'Nothing has to be done here; the administrator sees the cause in the SIS settings.',
    fixBy: 'admin',
    retry: 'auto',
  },
  CONN_GATEWAY: {
    message: 'A gateway in front of the SIS does not let us through[ (answer {status})].',
    means: 'Nothing can be sent to this SIS; everything is kept.',
    fix: 'Ask the operator of the SIS to let this service through.',
    fixBy: 'sis',
    retry: 'auto',
  },
} satisfies Entries;

/** Node's own HTTP client, watched for two things that axios does not tell. */
import http from 'node:http';
import https from 'node:https';

export const TOO_LARGE = 'SIS_TOO_LARGE';
export class TooLarge extends Error {
  readonly code = TOO_LARGE;
}

/**
 * `connected` is called when the request can have left: on a new connection once it is open (with TLS: proven), on a
 * kept one at once. Before that nothing has reached the SIS.
 */
export function watchedTransport(
  protocol: string,
  limits: { maxBodyBytes: number; maxHeaderBytes: number },
  connected: () => void,
) {
  const secure = protocol === 'https:';
  return {
    request(
      options: https.RequestOptions,
      onResponse: (response: http.IncomingMessage) => void,
    ): http.ClientRequest {
      options.maxHeaderSize = limits.maxHeaderBytes;
      const request = (secure ? https : http).request(options, (response) => {
        onResponse(response);
        let received = 0;
        // Decoded bytes are counted where they are decoded; but what decodes to nothing can be endless.
        response.on('data', (chunk: Buffer) => {
          received += chunk.length;
          if (received > limits.maxBodyBytes) response.destroy(new TooLarge());
        });
      });
      request.once('socket', (socket) => {
        if (request.reusedSocket) connected();
        else socket.once(secure ? 'secureConnect' : 'connect', connected);
      });
      return request;
    },
  };
}

/** Passkeys as browsers have them: bytes, which the API has as base64url. */

type Json = Record<string, unknown>;

/** Whether this page can have passkeys: a secure page, and a name instead of an address. */
export function canHavePasskeys(): boolean {
  const isAddress = /^[\d.]+$|^\[/.test(location.hostname);
  return window.isSecureContext && "credentials" in navigator && "PublicKeyCredential" in window && !isAddress;
}

/** Have the browser make a passkey. */
export async function makePasskey(options: Json): Promise<Json> {
  const user = options.user as Json;
  const known = (options.excludeCredentials ?? []) as Json[];
  const made = await navigator.credentials.create({
    publicKey: {
      ...(options as unknown as PublicKeyCredentialCreationOptions),
      challenge: bytes(options.challenge),
      user: { ...(user as unknown as PublicKeyCredentialUserEntity), id: bytes(user.id) },
      excludeCredentials: known.map((one) => ({ type: "public-key", id: bytes(one.id) })),
    },
  });
  const { response, ...rest } = parts(made);
  const attestation = response as AuthenticatorAttestationResponse;
  return {
    ...rest,
    response: { clientDataJSON: text(attestation.clientDataJSON), attestationObject: text(attestation.attestationObject) },
  };
}

/** Have the browser sign with a passkey. */
export async function usePasskeyOf(options: Json): Promise<Json> {
  const used = await navigator.credentials.get({
    publicKey: { ...(options as unknown as PublicKeyCredentialRequestOptions), challenge: bytes(options.challenge) },
  });
  const { response, ...rest } = parts(used);
  const assertion = response as AuthenticatorAssertionResponse;
  return {
    ...rest,
    response: {
      clientDataJSON: text(assertion.clientDataJSON),
      authenticatorData: text(assertion.authenticatorData),
      signature: text(assertion.signature),
      userHandle: assertion.userHandle && text(assertion.userHandle),
    },
  };
}

/** Whether somebody has only closed the browser's own dialog. */
export function isGivenUp(error: unknown): boolean {
  return error instanceof DOMException && (error.name === "NotAllowedError" || error.name === "AbortError");
}

function parts(credential: Credential | null) {
  const { id, rawId, type, response } = credential as PublicKeyCredential;
  return { id, rawId: text(rawId), type, response };
}

function bytes(encoded: unknown): Uint8Array<ArrayBuffer> {
  const plain = atob(String(encoded).replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
}

function text(content: ArrayBuffer): string {
  const plain = String.fromCharCode(...new Uint8Array(content));
  return btoa(plain).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

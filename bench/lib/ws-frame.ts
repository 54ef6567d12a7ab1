/**
 * Client frames made by hand, so that a load generator spends next to nothing on each and the receiver is what is measured.
 * Byte for byte what a `ws` client sends: FIN, binary, masked with a key that is not zero.
 */
export type FramedBatch = {
  /** The whole frame, header and masked payload. */
  readonly bytes: Buffer
  readonly payloadAt: number
  readonly mask: Buffer
}

export function frameBinary(payload: Uint8Array, mask: Buffer): FramedBatch {
  const length = payload.byteLength
  const lengthBytes = length < 126 ? 0 : length < 65_536 ? 2 : 8
  const payloadAt = 2 + lengthBytes + 4
  const bytes = Buffer.alloc(payloadAt + length)
  bytes[0] = 0x82
  bytes[1] = 0x80 | (lengthBytes === 0 ? length : lengthBytes === 2 ? 126 : 127)
  if (lengthBytes === 2) bytes.writeUInt16BE(length, 2)
  if (lengthBytes === 8) bytes.writeBigUInt64BE(BigInt(length), 2)
  mask.copy(bytes, payloadAt - 4)
  for (let index = 0; index < length; index += 1) {
    bytes[payloadAt + index] = (payload[index] ?? 0) ^ (mask[index & 3] ?? 0)
  }
  return { bytes, payloadAt, mask }
}

const double = new Float64Array(1)
const doubleBytes = new Uint8Array(double.buffer)

/** Writes a double into masked payload at `at`; on a little-endian machine, which is where this runs. */
export function patchDouble(bytes: Buffer, at: number, mask: Buffer, value: number): void {
  double[0] = value
  for (let index = 0; index < 8; index += 1) {
    bytes[at + index] = (doubleBytes[index] ?? 0) ^ (mask[index & 3] ?? 0)
  }
}

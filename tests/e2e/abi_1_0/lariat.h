/* The C ABI between Lariat and its native plugins, version 1.0.
 *
 * Generated from sdk/abi by its test `header`; edit it there. What the JSON payloads hold, and
 * what is promised about later versions, is in sdk/README.md. SPDX: MIT OR Apache-2.0 */

#ifndef LARIAT_H
#define LARIAT_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>


/**
 * The first eight bytes of every descriptor, in the machine's order: "LARIAT" and a line's end.
 */
#define LARIAT_MAGIC 5494763494950833418

/**
 * A host loads plugins of its own major only.
 */
#define LARIAT_ABI_MAJOR 1

/**
 * Grows when something is appended; a host loads any minor of its major.
 */
#define LARIAT_ABI_MINOR 0

/**
 * Kinds of extensions, as bits: pool types.
 */
#define LARIAT_KIND_POOL 1

/**
 * Routines.
 */
#define LARIAT_KIND_ROUTINE 2

/**
 * Hooks.
 */
#define LARIAT_KIND_HOOK 4

/**
 * Instance providers.
 */
#define LARIAT_KIND_PROVIDER 8

/**
 * Capabilities, as bits; unknown ones are ignored. `call` may be entered by several threads
 * at once on one handle. Without it the host makes one call after the other on a handle.
 */
#define LARIAT_CAN_CONCURRENT 1

/**
 * `call` returns at once and completes later from a thread of the plugin's own. Without it
 * the host calls from a thread that may be blocked.
 */
#define LARIAT_CAN_ASYNC 2

/**
 * Why `cancel` is called: the engine wants the run to come to an end in its own good time,
 * with whatever answer is right then.
 */
#define LARIAT_STOP 1

/**
 * Nobody waits for the answer any more: end now, answer `LARIAT_CANCELLED`. What isn't over
 * soon is abandoned: its completion, should it ever come, is dropped and counted.
 */
#define LARIAT_CANCEL 2

/**
 * How a call went. Values that you don't know mean the same as `LARIAT_FAILED`.
 */
typedef int32_t LariatStatus;

/**
 * Bytes that belong to somebody else, as pointer and length. Not terminated by a zero.
 *
 * Texts are UTF-8, payloads are UTF-8 JSON. Whoever gets such a value as an argument may
 * read it until the function returns, and copies what it wants to keep, unless the
 * function says otherwise. With `len` 0 the pointer may be null and is not read.
 */
typedef struct LariatBytes {
  /**
   * The first byte; may be null when `len` is 0.
   */
  const uint8_t *ptr;
  /**
   * How many bytes there are.
   */
  size_t len;
} LariatBytes;

/**
 * Takes an answer of the host's: `user` is what was given to `call`, `answer` is valid until
 * the return.
 *
 * Thread: any. Must not block: it hands the answer on.
 */
typedef void (*LariatSink)(void *user,
                           LariatStatus status,
                           struct LariatBytes answer);

/**
 * What a plugin calls. Valid and unchanged until the process ends. Each function takes the
 * table that it stands in as `host`. A function beyond `size` isn't there: a plugin that was
 * built against a newer header than its host compares `size` before it uses what was
 * appended. All of version 1.0 are always there.
 */
typedef struct LariatHost {
  /**
   * `sizeof(LariatHost)` of the running host.
   */
  size_t size;
  /**
   * The host's own; leave it alone.
   */
  void *data;
  /**
   * Ends the operation `op` with an answer: exactly once for each that was begun. More, or
   * one for an operation that isn't known or was abandoned, are dropped and counted.
   *
   * Thread: any. Doesn't block, and doesn't call the plugin.
   * Ownership: `payload` stays the caller's and is copied before the return. Empty bytes
   * mean `null`. At most 256 MiB.
   */
  void (*complete)(const struct LariatHost *host,
                   uint64_t op,
                   LariatStatus status,
                   struct LariatBytes payload);
  /**
   * Asks the host something, such as `ctx.log` or `ctx.store.get` (`sdk/README.md`), on
   * behalf of the operation `op`; 0 stands for none, with which only `ctx.log` works.
   *
   * Thread: any. Doesn't block.
   * Ownership: `method` and `payload` are copied before the return.
   * `sink` gets the answer exactly once, from any thread, maybe before the return; it may be
   * null when no answer is wanted. When the operation is over or told to end, the
   * answer may be `LARIAT_CANCELLED`.
   */
  void (*call)(const struct LariatHost *host,
               uint64_t op,
               struct LariatBytes method,
               struct LariatBytes payload,
               LariatSink sink,
               void *user);
  /**
   * The same, and waits for the answer: `sink` was called on this thread before the return.
   *
   * Thread: one that may be blocked: any inside of a `call` that may block, or one of the
   * plugin's own; never one inside of `complete`, `cancel`, or a `LariatSink`.
   * Returns the answer's status.
   */
  LariatStatus (*call_wait)(const struct LariatHost *host,
                            uint64_t op,
                            struct LariatBytes method,
                            struct LariatBytes payload,
                            LariatSink sink,
                            void *user);
  /**
   * Whether the operation `op` has been told to end: 0, `LARIAT_STOP` or `LARIAT_CANCEL`; the
   * latter also for one that is over or unknown.
   *
   * Thread: any. Doesn't block; cheap enough for every turn of a loop.
   */
  uint32_t (*cancelled)(const struct LariatHost *host,
                        uint64_t op);
} LariatHost;

/**
 * What the host calls. Constant, as the descriptor that points here. Nothing that a plugin
 * throws (a C++ exception, a Rust panic, a longjmp) may leave any of these functions. A null
 * function, or one beyond `size`, means that it isn't supported; `describe`, `open`, `call`,
 * `close` and `free` have to be there.
 */
typedef struct LariatPlugin {
  /**
   * `sizeof(LariatPlugin)` by the header that the plugin was built against.
   */
  size_t size;
  /**
   * Tells which extensions there are: writes a JSON document to `out` (`sdk/README.md`).
   *
   * Thread: any, one at a time. Must not block.
   * Ownership: the bytes in `out` are the plugin's. The host copies them and then calls
   * `free` with them, once. On another status than `LARIAT_OK`, `out` may hold
   * `{"message": "…"}`, under the same rule, or stays as it was: empty.
   */
  LariatStatus (*describe)(struct LariatBytes *out);
  /**
   * Opens an extension: a pool's source, a routine, a hook, the instances of a provider.
   *
   * Thread: any; may block, and several may be inside at once.
   * `host` is valid until the process ends: a plugin may keep it and use it from any thread,
   * also after `close`.
   * `request` is `{"kind": "pool", "name": "…", "params": {…}, …}`, valid until the return.
   * On `LARIAT_OK`, `handle` gets a value of the plugin's own, null or not, which the host
   * passes to `call`, `cancel` and, once, to `close`. On another status nothing is open,
   * and `error` may get `{"message": "…"}`, which belongs to the plugin: the host copies it
   * and calls `free` with it, once.
   */
  LariatStatus (*open)(const struct LariatHost *host,
                       struct LariatBytes request,
                       void **handle,
                       struct LariatBytes *error);
  /**
   * Asks an extension something: begins the operation `op`, whose number is never used again.
   *
   * Thread: any. Several at once on one handle only with `LARIAT_CAN_CONCURRENT`; several on
   * different handles always. May block, unless the plugin has `LARIAT_CAN_ASYNC`.
   * `method` and `payload` are valid until the return only: copy what you need later.
   * On `LARIAT_OK` the plugin has called or will call `host->complete(op, …)`: exactly once,
   * from any thread, before or after the return. On another status it won't, and the
   * operation is over: that is for a request that wasn't begun.
   */
  LariatStatus (*call)(void *handle,
                       uint64_t op,
                       struct LariatBytes method,
                       struct LariatBytes payload);
  /**
   * Asks an operation to end, for `reason` (`LARIAT_STOP`, `LARIAT_CANCEL`; take others for
   * the latter). The operation is still to be completed, exactly once. May be null: then an
   * operation learns of it by `host->cancelled` only.
   *
   * Thread: any, also while `call` is inside on the same handle. Must not block.
   * `op` may be over already, or unknown: then nothing is to be done.
   */
  void (*cancel)(void *handle,
                 uint64_t op,
                 uint32_t reason);
  /**
   * Closes a handle. No call of the host's with this handle comes after or is inside, and
   * every operation was completed, or abandoned after its deadline.
   *
   * Thread: any; may block.
   * Afterwards the plugin holds on to nothing for this handle but what abandoned operations
   * still use.
   */
  void (*close)(void *handle);
  /**
   * Takes back bytes that `describe` or `open` gave, unchanged.
   *
   * Thread: any. Must not block. No memory is ever freed by the side that didn't allocate
   * it. Never called with empty bytes.
   */
  void (*free)(struct LariatBytes bytes);
} LariatPlugin;

/**
 * What a library says of itself. Constant: it and everything that it points to stays valid
 * and unchanged as long as the library is mapped, which is until the process ends.
 *
 * The first four fields are the same in every major, so that a host can refuse a plugin of
 * another major with a clear message.
 */
typedef struct LariatDescriptor {
  /**
   * `LARIAT_MAGIC`.
   */
  uint64_t magic;
  /**
   * `LARIAT_ABI_MAJOR` of the header that the plugin was built against.
   */
  uint32_t abi_major;
  /**
   * `LARIAT_ABI_MINOR` of that header.
   */
  uint32_t abi_minor;
  /**
   * `sizeof(LariatDescriptor)` by that header.
   */
  size_t struct_size;
  /**
   * The plugin's id: lower-case letters, digits, `_` and `-`, at most 64 bytes. The same
   * as in `plugin.toml`.
   */
  struct LariatBytes id;
  /**
   * The plugin's own version, such as `1.4.0`. It has nothing to do with the ABI's.
   */
  struct LariatBytes version;
  /**
   * `LARIAT_KIND_…` bits of the extensions that are offered.
   */
  uint64_t kinds;
  /**
   * `LARIAT_CAN_…` bits.
   */
  uint64_t capabilities;
  /**
   * What the host calls.
   */
  const struct LariatPlugin *plugin;
} LariatDescriptor;

/**
 * The type of `lariat_plugin`, the one symbol that a library exports.
 *
 * Thread: any, one at a time. Must not block, start threads, or call anything of the host's.
 * Returns the library's descriptor, the same pointer each time; never null.
 */
typedef const struct LariatDescriptor *(*LariatEntry)(void);

/**
 * It went well; the payload is the method's answer.
 */
#define LARIAT_OK 0

/**
 * It failed, and would fail again. The payload of this and of every status below is
 * `{"message": "…"}`.
 */
#define LARIAT_FAILED 1

/**
 * It failed for now, such as by a server that is down; trying again may help.
 */
#define LARIAT_UNAVAILABLE 2

/**
 * It came to an end early, since it was told to.
 */
#define LARIAT_CANCELLED 3

/**
 * There is no such method, kind, or extension here.
 */
#define LARIAT_UNSUPPORTED 4

/**
 * The payload, or a parameter in it, isn't what the method takes.
 */
#define LARIAT_INVALID 5

/**
 * The extension broke in a way that leaves its handle in doubt (a panic, an exception).
 * The host closes the handle and opens another.
 */
#define LARIAT_BROKEN 6

#endif  /* LARIAT_H */

#ifndef LARIAT_HELPERS_H
#define LARIAT_HELPERS_H

/* Stands before the definition of `lariat_plugin`, so that the linker shows it. */
#if defined(_WIN32)
#define LARIAT_VISIBLE __declspec(dllexport)
#else
#define LARIAT_VISIBLE __attribute__((visibility("default")))
#endif
#ifdef __cplusplus
#define LARIAT_EXPORT extern "C" LARIAT_VISIBLE
#else
#define LARIAT_EXPORT LARIAT_VISIBLE
#endif

/* A literal as bytes, where an initialiser has to be constant: `{.id = LARIAT_LITERAL("csv")}`. */
#define LARIAT_LITERAL(text) {(const uint8_t *)("" text), sizeof(text) - 1}

/* The one symbol that a library exports; see `LariatEntry`. */
LARIAT_EXPORT const LariatDescriptor *lariat_plugin(void);

/* A text that ends with a zero, as bytes that live as long as it does. */
static inline LariatBytes lariat_text(const char *text) {
  LariatBytes bytes;
  bytes.ptr = (const uint8_t *)text;
  bytes.len = strlen(text);
  return bytes;
}

/* Whether `bytes` are exactly this text: for methods and names. */
static inline int lariat_is(LariatBytes bytes, const char *text) {
  return bytes.len == strlen(text) && (bytes.len == 0 || memcmp(bytes.ptr, text, bytes.len) == 0);
}

#endif /* LARIAT_HELPERS_H */

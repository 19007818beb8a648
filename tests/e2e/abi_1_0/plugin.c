/* Frozen, as the header beside it: what was built against ABI 1.0 loads in every later host of
 * major 1. Never change either; tests/e2e/frozen_abi.rs says more. */
#include "lariat.h"
static const LariatHost *host;
static LariatStatus describe(LariatBytes *out) {
  *out = lariat_text("{\"extensions\": ["
    "{\"kind\": \"pool\", \"name\": \"three\", \"methods\": [\"fetch\", \"claim\"]},"
    "{\"kind\": \"routine\", \"name\": \"Count\", \"params\": {\"packs\": {\"type\": \"integer\", \"default\": 2}}},"
    "{\"kind\": \"hook\", \"name\": \"trim\", \"on\": [\"before:validate\"]},"
    "{\"kind\": \"provider\", \"name\": \"boxes\", \"methods\": [\"probe\"]}]}");
  return LARIAT_OK;
}
static LariatStatus open_one(const LariatHost *it, LariatBytes request, void **handle, LariatBytes *error) {
  (void)request; (void)handle; (void)error; host = it; return LARIAT_OK;
}
static int has(LariatBytes bytes, const char *word) {
  size_t length = strlen(word), at;
  for (at = 0; at + length <= bytes.len; at++) if (memcmp(bytes.ptr + at, word, length) == 0) return 1;
  return 0;
}
static LariatStatus call(void *handle, uint64_t op, LariatBytes method, LariatBytes payload) {
  const char *answer = "null";
  (void)handle;
  if (lariat_is(method, "fetch")) answer = "[{\"id\": \"x1\"}, {\"id\": \"x2\"}, {\"id\": \"x3\"}]";
  else if (lariat_is(method, "claim")) answer = has(payload, "x2") ? "{\"granted\": false, \"reason\": \"taken\"}" : "{\"granted\": true}";
  else if (lariat_is(method, "probe")) answer = "{\"state\": \"ready\"}";
  else if (has(payload, "\"point\"")) answer = "{\"verdict\": \"patch\", \"patch\": {\"bot_count\": 1}}";
  else {
    host->call(host, op, lariat_text("ctx.log"), lariat_text("{\"level\": \"warn\", \"message\": \"hello from C\"}"), NULL, NULL);
    answer = has(payload, "\"packs\":2") ? "{\"outcome\": \"completed\", \"result\": {\"packs_opened\": 2}}" : "{\"outcome\": \"failed\", \"reason\": \"params?\"}";
  }
  host->complete(host, op, LARIAT_OK, lariat_text(answer));
  return LARIAT_OK;
}
static void close_one(void *handle) { (void)handle; }
static void release(LariatBytes bytes) { (void)bytes; }
static const LariatPlugin PLUGIN = {sizeof(LariatPlugin), describe, open_one, call, NULL, close_one, release};
static const LariatDescriptor DESCRIPTOR = {LARIAT_MAGIC, LARIAT_ABI_MAJOR, LARIAT_ABI_MINOR, sizeof(LariatDescriptor),
  LARIAT_LITERAL("sample"), LARIAT_LITERAL("1.2.3"), LARIAT_KIND_POOL, LARIAT_CAN_CONCURRENT, &PLUGIN};
LARIAT_EXPORT const LariatDescriptor *lariat_plugin(void) { return &DESCRIPTOR; }

/* Asks the plugin what the engine asks, as a host that writes down the answer. */

#include <stdio.h>
#include <stdlib.h>

#include "lariat.h"

static char answered[4096];
static int answers, stopping;

static void complete(const LariatHost *host, uint64_t op, LariatStatus status, LariatBytes payload) {
  size_t length = payload.len < sizeof answered - 1 ? payload.len : sizeof answered - 1;
  (void)host;
  (void)op;
  (void)status;
  if (length > 0) memcpy(answered, payload.ptr, length);
  answered[length] = 0;
  answers++;
}

static LariatStatus call_wait(const LariatHost *host, uint64_t op, LariatBytes method, LariatBytes payload, LariatSink sink,
                              void *user) {
  LariatStatus status = stopping ? LARIAT_CANCELLED : LARIAT_OK;
  (void)host;
  (void)op;
  (void)method;
  (void)payload;
  if (sink != NULL) sink(user, status, lariat_text("null"));
  return status;
}

static void call(const LariatHost *host, uint64_t op, LariatBytes method, LariatBytes payload, LariatSink sink, void *user) {
  call_wait(host, op, method, payload, sink, user);
}

static uint32_t cancelled(const LariatHost *host, uint64_t op) {
  (void)host;
  (void)op;
  return stopping ? LARIAT_STOP : 0;
}

static const LariatHost HOST = {sizeof(LariatHost), NULL, complete, call, call_wait, cancelled};

static void check(int holds, const char *what) {
  printf("%s %s\n", holds ? "ok    " : "FAILED", what);
  if (!holds) printf("       it answered: %s\n", answered);
  if (!holds) exit(1);
}

/* Asks once; `part` has to be in the answer. */
static void asks(const LariatPlugin *plugin, void *handle, const char *method, const char *payload, const char *part) {
  static uint64_t op;
  int before = answers;
  LariatStatus begun = plugin->call(handle, ++op, lariat_text(method), lariat_text(payload));
  check(begun == LARIAT_OK && answers == before + 1, "a question is answered exactly once");
  check(strstr(answered, part) != NULL, part);
}

int main(void) {
  const LariatDescriptor *descriptor = lariat_plugin();
  const LariatPlugin *plugin = descriptor->plugin;
  void *handle = NULL;
  LariatBytes error = {NULL, 0}, described = {NULL, 0};
  check(descriptor->magic == LARIAT_MAGIC && descriptor->abi_major == LARIAT_ABI_MAJOR, "it is a plugin of this ABI");
  check(plugin->describe(&described) == LARIAT_OK && described.len > 0, "it describes itself");
  if (described.len > 0) plugin->free(described);
  check(plugin->open(&HOST, lariat_text("{\"kind\": \"other\"}"), &handle, &error) != LARIAT_OK, "it opens nothing else");
  if (error.len > 0) plugin->free(error);
  handle = NULL;
  check(plugin->open(&HOST, lariat_text("{\"kind\": \"{{kind}}\", \"name\": \"{{name}}\", \"params\": {\"count\": 2}}"), &handle,
                     &error) == LARIAT_OK,
        "it opens");
  check(plugin->call(handle, 1000, lariat_text("dance"), lariat_text("{\"instance\": 1}")) != LARIAT_OK, "it knows no other method");
{{asks}}  plugin->close(handle);
  printf("all well\n");
  return 0;
}

/* {{offers}}: five functions, a table of them, a descriptor, and one symbol. include/lariat.h says
 * of each function which thread calls it, who owns what, and how long it lives. */

#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "lariat.h"
#include "text.h"

/* What is open. */
typedef struct Open {
  const LariatHost *host;
{{field}}} Open;

/* The same as in plugin.toml. */
static const char DESCRIBED[] =
    "{\"extensions\": [{\"kind\": \"{{kind}}\", \"name\": \"{{name}}\","
{{described}}

static LariatStatus describe(LariatBytes *out) {
  *out = lariat_text(DESCRIBED);
  return LARIAT_OK;
}

/* Whatever is handed over here is a constant: there is nothing to free. */
static void release(LariatBytes bytes) { (void)bytes; }

static LariatStatus open_one(const LariatHost *host, LariatBytes request, void **handle, LariatBytes *error) {
  static const char *const KIND[] = {"kind", NULL};
  char *kind = json_string((const char *)request.ptr, request.len, KIND);
  int fits = kind != NULL && strcmp(kind, "{{kind}}") == 0;
  Open *open;
  free(kind);
  if (!fits) {
    *error = lariat_text("{\"message\": \"there is nothing here but a {{kind}}\"}");
    return LARIAT_UNSUPPORTED;
  }
  open = calloc(1, sizeof *open);
  if (open == NULL) return LARIAT_UNAVAILABLE;
  open->host = host;
{{opening}}  *handle = open;
  return LARIAT_OK;
}

static void close_one(void *handle) { free(handle); }

/* Ends an operation with an answer: exactly once for each. */
static LariatStatus done(const Open *open, uint64_t op, const Text *answer) {
  LariatBytes bytes;
  bytes.ptr = (const uint8_t *)answer->bytes;
  bytes.len = answer->length;
  if (answer->failed) open->host->complete(open->host, op, LARIAT_UNAVAILABLE, lariat_text("{\"message\": \"no memory\"}"));
  else open->host->complete(open->host, op, LARIAT_OK, bytes);
  return LARIAT_OK;
}

{{body}}
/* What asks the host by itself whether it is to end needs no `cancel`. */
static const LariatPlugin PLUGIN = {sizeof(LariatPlugin), describe, open_one, call, NULL, close_one, release};

static const LariatDescriptor DESCRIPTOR = {
    LARIAT_MAGIC,           LARIAT_ABI_MAJOR, LARIAT_ABI_MINOR, sizeof(LariatDescriptor),
    LARIAT_LITERAL("{{file}}"), LARIAT_LITERAL("0.1.0"), LARIAT_KIND_{{KIND}}, {{can}}, &PLUGIN,
};

const LariatDescriptor *lariat_plugin(void) { return &DESCRIPTOR; }

#include "json.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

typedef struct Reader {
  const char *at, *end;
} Reader;

/* What is nested deeper isn't read: the stack has an end. */
enum { DEEPEST = 128 };

static void spaces(Reader *in) {
  while (in->at < in->end && strchr(" \t\r\n", *in->at) != NULL && *in->at != 0) in->at++;
}

static int next_is(Reader *in, char expected) {
  spaces(in);
  if (in->at == in->end || *in->at != expected) return 0;
  in->at++;
  return 1;
}

static int hex4(Reader *in, unsigned long *value) {
  int n;
  *value = 0;
  for (n = 0; n < 4; n++, in->at++) {
    char digit;
    if (in->at == in->end) return 0;
    digit = *in->at;
    *value *= 16;
    if (digit >= '0' && digit <= '9') *value += (unsigned long)(digit - '0');
    else if (digit >= 'a' && digit <= 'f') *value += (unsigned long)(digit - 'a' + 10);
    else if (digit >= 'A' && digit <= 'F') *value += (unsigned long)(digit - 'A' + 10);
    else return 0;
  }
  return 1;
}

static void put_character(Text *out, unsigned long code) {
  char bytes[4];
  if (code < 0x80) {
    bytes[0] = (char)code;
    text_add(out, bytes, 1);
  } else if (code < 0x800) {
    bytes[0] = (char)(0xC0 | (code >> 6));
    bytes[1] = (char)(0x80 | (code & 0x3F));
    text_add(out, bytes, 2);
  } else if (code < 0x10000) {
    bytes[0] = (char)(0xE0 | (code >> 12));
    bytes[1] = (char)(0x80 | ((code >> 6) & 0x3F));
    bytes[2] = (char)(0x80 | (code & 0x3F));
    text_add(out, bytes, 3);
  } else {
    bytes[0] = (char)(0xF0 | (code >> 18));
    bytes[1] = (char)(0x80 | ((code >> 12) & 0x3F));
    bytes[2] = (char)(0x80 | ((code >> 6) & 0x3F));
    bytes[3] = (char)(0x80 | (code & 0x3F));
    text_add(out, bytes, 4);
  }
}

static int unicode(Reader *in, Text *out) {
  unsigned long code, low;
  if (!hex4(in, &code)) return 0;
  if (code >= 0xDC00 && code <= 0xDFFF) return 0;
  if (code >= 0xD800 && code <= 0xDBFF) {
    if (in->end - in->at < 2 || in->at[0] != '\\' || in->at[1] != 'u') return 0;
    in->at += 2;
    if (!hex4(in, &low) || low < 0xDC00 || low > 0xDFFF) return 0;
    code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
  }
  put_character(out, code);
  return 1;
}

/* Reads a string; `out` gets it without its escapes. */
static int string(Reader *in, Text *out) {
  static const char NAMES[] = "\"\\/bfnrt", VALUES[] = "\"\\/\b\f\n\r\t";
  if (!next_is(in, '"')) return 0;
  while (in->at < in->end) {
    char byte = *in->at++;
    const char *name;
    if (byte == '"') return 1;
    if (byte != '\\') {
      text_add(out, &byte, 1);
      continue;
    }
    if (in->at == in->end) return 0;
    byte = *in->at++;
    name = byte == 0 ? NULL : strchr(NAMES, byte);
    if (name != NULL) text_add(out, VALUES + (name - NAMES), 1);
    else if (byte != 'u' || !unicode(in, out)) return 0;
  }
  return 0;
}

static int skip(Reader *in, int depth);

static int skip_list(Reader *in, int depth) {
  if (next_is(in, ']')) return 1;
  do {
    if (!skip(in, depth)) return 0;
  } while (next_is(in, ','));
  return next_is(in, ']');
}

static int skip_string(Reader *in) {
  Text unwanted = {NULL, 0, 0, 0};
  int read = string(in, &unwanted);
  text_free(&unwanted);
  return read;
}

static int skip_object(Reader *in, int depth) {
  if (next_is(in, '}')) return 1;
  do {
    if (!skip_string(in) || !next_is(in, ':') || !skip(in, depth)) return 0;
  } while (next_is(in, ','));
  return next_is(in, '}');
}

static int skip(Reader *in, int depth) {
  const char *from;
  if (depth >= DEEPEST) return 0;
  spaces(in);
  if (in->at == in->end) return 0;
  if (next_is(in, '[')) return skip_list(in, depth + 1);
  if (next_is(in, '{')) return skip_object(in, depth + 1);
  if (*in->at == '"') return skip_string(in);
  /* Numbers, true, false, null: whoever wrote them knows how. */
  from = in->at;
  while (in->at < in->end && *in->at != 0 && strchr(",]} \t\r\n", *in->at) == NULL) in->at++;
  return in->at > from;
}

/* Goes to the value of a field of the object that comes next. */
static int enter(Reader *in, const char *wanted) {
  if (!next_is(in, '{') || next_is(in, '}')) return 0;
  do {
    Text name = {NULL, 0, 0, 0};
    int read = string(in, &name) && next_is(in, ':') && !name.failed;
    int found = read && name.length == strlen(wanted) && memcmp(name.bytes, wanted, name.length) == 0;
    text_free(&name);
    if (found) return 1;
    if (!read || !skip(in, 0)) return 0;
  } while (next_is(in, ','));
  return 0;
}

char *json_string(const char *bytes, size_t length, const char *const *names) {
  Reader in;
  Text value = {NULL, 0, 0, 0};
  in.at = bytes;
  in.end = bytes + length;
  for (; *names != NULL; names++)
    if (!enter(&in, *names)) return NULL;
  if (!string(&in, &value)) value.failed = 1;
  text_add(&value, "", 1);
  /* With a zero inside it would end early. */
  if (!value.failed && strlen(value.bytes) + 1 == value.length) return value.bytes;
  text_free(&value);
  return NULL;
}

int json_number(const char *bytes, size_t length, const char *const *names, long *number) {
  Reader in;
  char digits[24], *end;
  size_t count = 0;
  in.at = bytes;
  in.end = bytes + length;
  for (; *names != NULL; names++)
    if (!enter(&in, *names)) return 0;
  spaces(&in);
  while (in.at < in.end && count + 1 < sizeof digits && strchr(",]} \t\r\n", *in.at) == NULL)
    digits[count++] = *in.at++;
  digits[count] = 0;
  errno = 0;
  *number = strtol(digits, &end, 10);
  return count > 0 && *end == 0 && errno == 0;
}

#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void text_add(Text *text, const char *bytes, size_t length) {
  if (text->failed || length == 0) return;
  if (length > text->room - text->length) {
    size_t room = text->room < 64 ? 64 : text->room;
    char *larger;
    while (room - text->length < length) {
      if (room > (size_t)-1 / 2) {
        text->failed = 1;
        return;
      }
      room *= 2;
    }
    larger = realloc(text->bytes, room);
    if (larger == NULL) {
      text->failed = 1;
      return;
    }
    text->bytes = larger;
    text->room = room;
  }
  memcpy(text->bytes + text->length, bytes, length);
  text->length += length;
}

void text_put(Text *text, const char *words) { text_add(text, words, strlen(words)); }

void text_number(Text *text, unsigned long number) {
  char digits[32];
  int length = snprintf(digits, sizeof digits, "%lu", number);
  if (length > 0) text_add(text, digits, (size_t)length);
}

void text_free(Text *text) {
  free(text->bytes);
  memset(text, 0, sizeof *text);
}

void text_json(Text *text, const char *bytes, size_t length) {
  size_t at;
  text_put(text, "\"");
  for (at = 0; at < length; at++) {
    unsigned char byte = (unsigned char)bytes[at];
    if (byte == '"' || byte == '\\') {
      text_put(text, "\\");
      text_add(text, bytes + at, 1);
    } else if (byte < 0x20) {
      char escape[8];
      snprintf(escape, sizeof escape, "\\u%04x", (unsigned)byte);
      text_put(text, escape);
    } else {
      text_add(text, bytes + at, 1);
    }
  }
  text_put(text, "\"");
}

/* How many bytes the character at `byte` has, by table 3-7 of the Unicode standard; 0 if none. */
static size_t character(const unsigned char *byte, size_t left) {
  unsigned char first = byte[0], low = 0x80, high = 0xBF;
  size_t length, at;
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) length = 2;
  else if (first >= 0xE0 && first <= 0xEF) length = 3;
  else if (first >= 0xF0 && first <= 0xF4) length = 4;
  else return 0;
  if (length > left) return 0;
  if (first == 0xE0) low = 0xA0; /* overlong */
  if (first == 0xED) high = 0x9F; /* surrogates */
  if (first == 0xF0) low = 0x90; /* overlong */
  if (first == 0xF4) high = 0x8F; /* beyond the last */
  if (byte[1] < low || byte[1] > high) return 0;
  for (at = 2; at < length; at++)
    if ((byte[at] & 0xC0) != 0x80) return 0;
  return length;
}

int is_utf8(const char *bytes, size_t length) {
  const unsigned char *byte = (const unsigned char *)bytes;
  while (length > 0) {
    size_t step = character(byte, length);
    if (step == 0) return 0;
    byte += step;
    length -= step;
  }
  return 1;
}

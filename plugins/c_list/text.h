/* A text that grows. */
#ifndef TEXT_H
#define TEXT_H

#include <stddef.h>

typedef struct Text {
  char *bytes;
  size_t length, room;
  int failed; /* there was no memory: what follows is ignored */
} Text;

void text_add(Text *text, const char *bytes, size_t length);
void text_put(Text *text, const char *words);
void text_number(Text *text, unsigned long number);
void text_free(Text *text);

/* Adds bytes as a JSON string, quotes and all. The bytes have to be UTF-8. */
void text_json(Text *text, const char *bytes, size_t length);

/* Whether bytes are UTF-8. */
int is_utf8(const char *bytes, size_t length);

#endif

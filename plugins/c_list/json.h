/* As much of JSON as a plugin needs to find its parameters. */
#ifndef JSON_H
#define JSON_H

#include <stddef.h>

/* Finds the string under `names` (ends with NULL) in nested objects, such as params, file. The
 * caller frees it; NULL if there is none, it isn't a string, or the document isn't JSON up to
 * there. */
char *json_string(const char *bytes, size_t length, const char *const *names);

#endif

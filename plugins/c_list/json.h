/* As much of JSON as a plugin needs to find its parameters. */
#ifndef JSON_H
#define JSON_H

#include <stddef.h>

/* Finds the string under `names` (ends with NULL) in nested objects, such as params, file. The
 * caller frees it; NULL if there is none, it isn't a string, or the document isn't JSON up to
 * there. */
char *json_string(const char *bytes, size_t length, const char *const *names);

/* Finds the whole number under `names` the same way; 0 if there is none, or it is none. */
int json_number(const char *bytes, size_t length, const char *const *names, long *number);

#endif

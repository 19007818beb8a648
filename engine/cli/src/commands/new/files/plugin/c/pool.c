/* In the order to serve; asked at each refresh. */
static LariatStatus call(void *handle, uint64_t op, LariatBytes method, LariatBytes payload) {
  const Open *open = handle;
  Text answer = {NULL, 0, 0, 0};
  long n;
  (void)payload;
  if (!lariat_is(method, "fetch")) return LARIAT_UNSUPPORTED;
  text_put(&answer, "{\"accounts\": [");
  for (n = 1; n <= open->count; n++) {
    text_put(&answer, n > 1 ? ", {\"id\": \"account-" : "{\"id\": \"account-");
    text_number(&answer, (unsigned long)n);
    text_put(&answer, "\", \"pack_count\": ");
    text_number(&answer, (unsigned long)n);
    text_put(&answer, "}");
  }
  text_put(&answer, "], \"warnings\": []}");
  done(open, op, &answer);
  text_free(&answer);
  return LARIAT_OK;
}


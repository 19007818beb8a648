/* Starts an instance, tells how it is, stops it. One call after the other on a handle. */
static LariatStatus call(void *handle, uint64_t op, LariatBytes method, LariatBytes payload) {
  static const char *const INSTANCE[] = {"instance", NULL};
  Open *open = handle;
  Text answer = {NULL, 0, 0, 0};
  long id;
  if (!json_number((const char *)payload.ptr, payload.len, INSTANCE, &id)) return LARIAT_INVALID;
  if (id < 0 || id >= MOST) return LARIAT_INVALID;
  if (lariat_is(method, "start")) open->started[id] = 1;
  else if (lariat_is(method, "stop")) open->started[id] = 0;
  else if (lariat_is(method, "probe")) text_put(&answer, open->started[id] ? "{\"state\": \"ready\"}" : "{\"state\": \"down\"}");
  else return LARIAT_UNSUPPORTED;
  done(open, op, &answer);
  text_free(&answer);
  return LARIAT_OK;
}


// Configures Streamlit before its own scripts: the address of its server, and this page as its host. A host receives the
// state of the connection and of each run, may request a run, and shows connection errors itself (see connection.js).
window.__streamlit = {
  // The service is at the root of its host: Streamlit does not have to probe each folder of the address.
  BACKEND_BASE_URL: location.origin,
  HOST_CONFIG: { allowedOrigins: [location.origin], useExternalAuthToken: false, blockErrorDialogs: true },
};

// Read by Streamlit before its own scripts: where its server is, and that this page is its host. A host is told of the
// connection and of each run, may ask for a run, and shows errors of connection itself (see connection.js).
window.__streamlit = {
  // The service is at the root of its host: Streamlit need not look for itself in each folder of the address.
  BACKEND_BASE_URL: location.origin,
  HOST_CONFIG: { allowedOrigins: [location.origin], useExternalAuthToken: false, blockErrorDialogs: true },
};

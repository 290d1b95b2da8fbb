// The service is at the root of its host: Streamlit need not look for itself in each folder of the address.
window.__streamlit = { BACKEND_BASE_URL: location.origin };

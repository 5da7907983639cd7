// Starts the interactive documentation; in a file of its own because the site's policy allows no inline script.
const page = document.getElementById("api-docs");
SwaggerUIBundle({
  url: page.dataset.openapi,
  domNode: page,
  deepLinking: true,
  validatorUrl: null, // never sends the document to somebody else's server
  displayRequestDuration: true,
  presets: [SwaggerUIBundle.presets.apis],
  layout: "BaseLayout",
});

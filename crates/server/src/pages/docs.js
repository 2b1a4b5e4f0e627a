// Shows the document of the API. Who logs in here stays so for as long as the token is good, and until the page is left.
"use strict";

const place = document.getElementById("api");
// The shop has more than one name: it is asked by the one that this page was asked by.
const shop = new URL("..", document.currentScript.src).href.replace(/\/$/, "");
const dark = matchMedia("(prefers-color-scheme: dark)");

const paint = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
dark.addEventListener("change", paint);
paint();

const show = async () => {
  const answer = await fetch(`${shop}/api/openapi.json`);
  if (!answer.ok) throw new Error(`it was answered ${answer.status}`);
  const spec = await answer.json();
  spec.servers = [{ url: shop }];
  // It would become a link to a page that nobody has, for there are two.
  delete spec.info.license.identifier;
  const [scheme] = Object.keys(spec.components.securitySchemes);
  const ui = SwaggerUIBundle({
    spec,
    domNode: place,
    deepLinking: true,
    defaultModelsExpandDepth: -1,
    displayRequestDuration: true,
    filter: true,
    validatorUrl: null,
    responseInterceptor: (response) => {
      if (response.ok && response.url === `${shop}/api/identity/token`) {
        ui.preauthorizeApiKey(scheme, JSON.parse(response.text).access);
      }
      return response;
    },
  });
};

// One that a browser has kept and shows again would still be logged in.
addEventListener("pageshow", (event) => event.persisted && location.reload());

show().catch((error) => {
  place.textContent = `The document of the API could not be shown: ${error.message}.`;
});
